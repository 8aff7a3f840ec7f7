/** How large one operation may be. */
export interface OperationLimits {
  /** Bytes of the variables, as JSON. */
  variablesBytes: number;
  tokens: number;
  depth: number;
  aliases: number;
  rootFields: number;
  directives: number;
  /** Values in one list of an argument. */
  listLength: number;
  /** Values that an answer may have, by estimate. */
  cost: number;
}
