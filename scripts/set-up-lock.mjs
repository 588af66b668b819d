import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root, say } from "./process.mjs";

const folder = join(root, ".run");
const lock = join(folder, "set-up.lock");
const owner = `${hostname()} ${process.pid}`;
const heartbeat = 2_000;
/** A holder that has not touched its lock for this long is gone, even on another host or in another container. */
const abandoned = 20_000;

/** Runs `work` while no other process sets this checkout up; waits for the one that does. */
export async function withSetUpLock(work) {
  mkdirSync(folder, { recursive: true });
  await acquire();
  const beat = setInterval(touch, heartbeat);
  process.on("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off("exit", release);
    release();
  }
}

async function acquire() {
  let told = false;
  while (!take()) {
    const holder = read(lock);
    if (holder !== undefined && isGone(holder)) evict(holder);
    else {
      if (!told) say("set-up: waiting for another one in this checkout");
      told = true;
      await sleep(200);
    }
  }
}

/** link() makes the lock appear with its owner's name already in it, or not at all. */
function take() {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, owner);
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function isGone(holder) {
  const [host, pid] = holder.split(" ");
  try {
    if (Date.now() - statSync(lock).mtimeMs > abandoned) return true;
    if (host === hostname()) process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

/** Two may judge the same holder gone: the second must not remove the first's new lock. */
function evict(holder) {
  const aside = `${lock}.evicted.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (read(aside) !== holder) linkSync(aside, lock);
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function touch() {
  const now = new Date();
  if (read(lock) === owner) utimesSync(lock, now, now);
}

function release() {
  if (read(lock) === owner) rmSync(lock, { force: true });
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
