/** What takes the place of the argument `-`, which the parser of arguments makes empty. */
export const STANDARD_INPUT = '<standard input>';
