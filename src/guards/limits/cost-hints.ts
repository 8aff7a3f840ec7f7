/** Declared at a field: how many values it multiplies what is selected below it by. */
export interface CostHints {
  /** Fields of the page with one object for each row; `first` or `last` gives the number of rows. */
  rows?: readonly string[];
  /** Whether it reads all clusters and services, and the field of the page that names those that could not be read. */
  parents?: string;
  /** The condition of its `filter` with which it reads all clusters or services. */
  parentsIf?: string;
  /** Argument whose list has one object for each of its values. */
  valuesOf?: string;
  /** Number of usual values that a long text is as large as. */
  weight?: number;
}

const declare = (costHints: CostHints) => ({ costHints });

const ROWS = ['nodes', 'edges'];

/** Extensions of every field with pages. */
export const PAGED = declare({ rows: ROWS });

/** Extensions of every field with pages over all clusters and services. */
export const PAGED_OVER_PARENTS = declare({ rows: ROWS, parents: 'unavailable' });

/** Extensions of a field with pages that reads all clusters or services for one condition of its `filter`. */
export const pagedOverParentsIf = (parentsIf: string) => declare({ rows: ROWS, parentsIf });

/** Extensions of a field that gives one object for each value of an argument. */
export const costPerValueOf = (argument: string) => declare({ valuesOf: argument });

/** Bytes of a usual value with its name. */
const BYTES_OF_A_VALUE = 50;

/** Extensions of a field with a text of so many bytes. */
export const longText = (bytes: number) => declare({ weight: Math.ceil(bytes / BYTES_OF_A_VALUE) });
