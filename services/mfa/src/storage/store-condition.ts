/** What is said where nothing more is known. */
export const NO_ANSWER = "does not answer";

/** Why a store does not do its work. */
export interface StoreFault {
  /** To be read after the store's name: "refuses the password of countersign_app". Holds no statement, parameter or password. */
  readonly why: string;
  /** It answers, and takes no writes: a read that works says nothing of that. */
  readonly refusesWrites: boolean;
  /** Only that there was no connection: whatever was known before says more. */
  readonly vague: boolean;
}

/** Hears of a store's work. The callbacks must not throw. */
interface ConditionOptions {
  readonly onFault: (fault: StoreFault) => void;
  readonly onWorked: () => void;
}

/** Whether a store does its work, by what it was asked last. */
export interface StoreCondition {
  /** Undefined until something was asked. */
  readonly up: () => boolean | undefined;
  /** Undefined while it does its work. */
  readonly why: () => string | undefined;
  readonly failed: (fault: StoreFault) => void;
  /** Something was done, perhaps only read. */
  readonly worked: () => void;
  /** A write was tried for this very reason, and taken. */
  readonly tookWrite: () => void;
}

/** A refused write is remembered until one is taken: reads go on working beside it. */
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
