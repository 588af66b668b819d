import { setTimeout as sleep } from "node:timers/promises";
import { CLOCK_FAULT, type Fault, insist, repeat } from "./fault.js";
import { REPLICAS, type Stage } from "./stage.js";

/** Processes that are killed or hang: replicas, Redis, Postgres and its backends. */
export function processFaults(): Fault[] {
  return [...replicaFaults(), ...redisFaults(), ...postgresFaults(), ...backendFaults()];
}

function replicaFaults(): Fault[] {
  return [
    {
      name: "replica: kill -9 of one",
      holdMs: 300,
      async begin({ replicas }, random) {
        const replica = replicas[random.below(REPLICAS)]!;
        await replica.kill();
        return () => replica.restart();
      },
    },
    {
      name: "replica: kill -9 of all",
      holdMs: 300,
      async begin({ replicas }) {
        for (const replica of replicas) await replica.kill();
        return async () => {
          await Promise.all(replicas.map((replica) => replica.restart()));
        };
      },
    },
    {
      name: "replica: hangs",
      async begin({ replicas }, random) {
        const replica = replicas[random.below(REPLICAS)]!;
        await replica.pause();
        return () => replica.resume();
      },
    },
    {
      name: CLOCK_FAULT,
      async begin({ replicas }, random) {
        const replica = replicas[random.below(REPLICAS)]!;
        await replica.stepClock(random.pick([-10_000, 10_000]));
        return () => replica.stepClock(0);
      },
    },
  ];
}

function redisFaults(): Fault[] {
  return [
    {
      name: "redis: kill -9, all data lost",
      holdMs: 500,
      async begin({ redis, timeline }) {
        await redis.kill();
        timeline.wiped();
        return async () => {
          await redis.restart();
          timeline.wiped();
        };
      },
    },
    {
      name: "redis: hangs",
      async begin({ redis }) {
        await redis.pause();
        return () => redis.resume();
      },
    },
  ];
}

function postgresFaults(): Fault[] {
  return [
    {
      name: "postgres: kill -9",
      holdMs: 500,
      async begin({ postgres }) {
        await postgres.kill();
        return () => postgres.restart();
      },
    },
    {
      name: "postgres: hangs",
      async begin({ postgres }) {
        await postgres.pause();
        return () => postgres.resume();
      },
    },
  ];
}

function backendFaults(): Fault[] {
  return [
    {
      name: "postgres: kill -9 of one backend",
      holdMs: 500,
      async begin(stage) {
        await signalOne(stage, "SIGKILL");
        return async () => {
          await insist(() => stage.sql`select 1`);
        };
      },
    },
    {
      name: "postgres: one backend hangs",
      async begin(stage) {
        const pid = await signalOne(stage, "SIGSTOP");
        return () => signalIfThere(pid, "SIGCONT");
      },
    },
    {
      name: "postgres: every backend is terminated, again and again",
      begin: ({ sql }) =>
        Promise.resolve(
          repeat(100, () =>
            sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign'`.catch(
              () => undefined,
            ),
          ),
        ),
    },
  ];
}

/** Signals a backend that serves a replica, one that is at work if there is one. */
async function signalOne({ sql }: Stage, signal: NodeJS.Signals): Promise<number | undefined> {
  const [backend] = await insist(
    () => sql<{ pid: number }[]>`
      select pid from pg_stat_activity where application_name = 'countersign' order by state = 'active' desc limit 1`,
  );
  await signalIfThere(backend?.pid, signal);
  return backend?.pid;
}

async function signalIfThere(pid: number | undefined, signal: NodeJS.Signals): Promise<void> {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
  await sleep(0);
}
