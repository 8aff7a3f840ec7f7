/** Exit codes of the command. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  /** Data with errors, or a list that is cut. */
  partial: 3,
  /** Not authenticated, or not allowed. */
  denied: 4,
  /** Ctrl-C, as shells count it: 128 and the number of SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line asks for something that does not exist. Its message says what to change. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}
