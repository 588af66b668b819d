/** Time is the server's own. Large numbers are formatted by hand: Lua would write 1.7e+12. */
export const SERVER_NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;
