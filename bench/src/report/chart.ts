import type { Row } from "./summary.js";

const WIDTH = 900;
const LABEL_WIDTH = 380;
const BAR_HEIGHT = 22;
const TOP = 50;

/** Calls a second of each row as bars, each with a line from its least to its most. */
export function renderChart(rows: readonly Row[], title: string): string {
  const most = Math.max(1, ...rows.map(({ perSecond }) => perSecond.max));
  const scale = (WIDTH - LABEL_WIDTH - 90) / most;
  const bars = rows.map(({ name, inFlight, perSecond }, index) => {
    const y = TOP + index * BAR_HEIGHT;
    const middle = y + BAR_HEIGHT / 2 - 2;
    const x = (value: number) => (LABEL_WIDTH + value * scale).toFixed(1);
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${middle + 4}" text-anchor="end">${escaped(`${name}, ${inFlight} in flight`)}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${(perSecond.median * scale).toFixed(1)}" height="${BAR_HEIGHT - 6}" fill="#4c78a8"/>`,
      `<line x1="${x(perSecond.min)}" x2="${x(perSecond.max)}" y1="${middle}" y2="${middle}" stroke="#222"/>`,
      `<text x="${(LABEL_WIDTH + perSecond.max * scale + 6).toFixed(1)}" y="${middle + 4}">${perSecond.median.toFixed(0)}</text>`,
    ].join("\n");
  });
  const height = TOP + rows.length * BAR_HEIGHT + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<title>${escaped(title)}</title>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="10" y="22" font-size="15">${escaped(title)}</text>
<text x="10" y="39" fill="#555">calls a second: median, and a line from the least to the most of all rounds</text>
${bars.join("\n")}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
