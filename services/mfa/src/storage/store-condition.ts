/** The cause where nothing more is known. */
export const NO_ANSWER = "does not answer";

/** Why a store does not work. */
export interface StoreFault {
  /** Follows the store's name: "refuses the password of countersign_app". Contains no statement, parameter or password. */
  readonly why: string;
  /** It answers but refuses writes: a successful read does not disprove that. */
  readonly refusesWrites: boolean;
  /** There was only no connection: an earlier cause says more. */
  readonly vague: boolean;
}

/** Receives the results of a store's work. The callbacks must not throw. */
interface ConditionOptions {
  readonly onFault: (fault: StoreFault) => void;
  readonly onWorked: () => void;
}

/** Whether a store works, by its last request. */
export interface StoreCondition {
  /** Undefined before the first request. */
  readonly up: () => boolean | undefined;
  /** Undefined while it works. */
  readonly why: () => string | undefined;
  readonly failed: (fault: StoreFault) => void;
  /** Something succeeded, perhaps only a read. */
  readonly worked: () => void;
  /** A test write succeeded. */
  readonly tookWrite: () => void;
}

/** A refused write is remembered until one succeeds: reads may work meanwhile. */
export function createCondition({ onFault, onWorked }: ConditionOptions): StoreCondition {
  let fault: StoreFault | undefined;
  let up: boolean | undefined;
  const clear = () => {
    fault = undefined;
    up = true;
    onWorked();
  };
  return {
    up: () => up,
    why: () => fault?.why,
    failed(found) {
      up = false;
      if (fault === undefined || !found.vague) fault = found;
      onFault(fault);
    },
    worked() {
      if (fault?.refusesWrites !== true) clear();
    },
    tookWrite: clear,
  };
}
