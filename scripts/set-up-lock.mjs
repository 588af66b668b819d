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

const owner = `${hostname()} ${process.pid}`;
const heartbeat = 2_000;
/** A holder that has not touched its lock for this long is gone, even on another host or in another container. */
const abandoned = 20_000;

/** Runs `work` while no other process sets this checkout up; waits for the one that does. */
export async function withSetUpLock(work, folder = join(root, ".run")) {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, "set-up.lock");
  await acquire(lock);
  const beat = setInterval(() => touch(lock), heartbeat);
  const releaseOnExit = () => release(lock);
  process.on("exit", releaseOnExit);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off("exit", releaseOnExit);
    release(lock);
  }
}

async function acquire(lock) {
  let told = false;
  while (!take(lock)) {
    const holder = read(lock);
    if (holder !== undefined && isGone(lock, holder)) evict(lock, holder);
    else {
      if (!told) say("set-up: waiting for another one in this checkout");
      told = true;
      await sleep(200);
    }
  }
}

/** link() makes the lock appear with its owner's name already in it, or not at all. */
function take(lock) {
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

function isGone(lock, holder) {
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
function evict(lock, holder) {
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

function touch(lock) {
  const now = new Date();
  if (read(lock) === owner) utimesSync(lock, now, now);
}

function release(lock) {
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
