/** How many values stand behind one field: what an operation is measured by before it runs. */
export interface Multiplied {
  /** The fields of a page that hold one object for each of its rows; `first` or `last` says how many rows there are. */
  rows?: readonly string[];
  /** The argument with a list that has one object for each of its values. */
  valuesOf?: string;
  /** How many usual values a long text weighs as much as. */
  weight?: number;
}

const declared = (multiplied: Multiplied) => ({ multiplied });

/** Extensions of a field with pages; every one declares it. */
export const PAGED = declared({ rows: ['nodes', 'edges'] });

/** Extensions of a field with one object for each value of an argument. */
export const perValueOf = (argument: string) => declared({ valuesOf: argument });

/** Bytes of a usual value with its name: what the weight of a long text is counted in. */
const BYTES_OF_A_VALUE = 50;

/** Extensions of a field with a text of so many bytes. */
export const longText = (bytes: number) => declared({ weight: Math.ceil(bytes / BYTES_OF_A_VALUE) });
