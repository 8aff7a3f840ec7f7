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
  /** Objects that may be asked for. */
  cost: number;
}
