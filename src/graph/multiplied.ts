/** How many objects stand behind one field: what an operation is measured by before it runs. */
export interface Multiplied {
  /** The fields of a page that hold one object for each of its rows; `first` or `last` says how many rows there are. */
  rows?: readonly string[];
  /** The argument with a list that has one object for each of its values. */
  valuesOf?: string;
}

const declared = (multiplied: Multiplied) => ({ multiplied });

/** Extensions of a field with pages; every one declares it. */
export const PAGED = declared({ rows: ['nodes', 'edges'] });

/** Extensions of a field with one object for each value of an argument. */
export const perValueOf = (argument: string) => declared({ valuesOf: argument });
