/** Settings that make repeated and concurrent queries cheaper, all on; answers must not depend on them. */
export const FAST_PATHS_ON = { SHARE_READS: 'on', COMPILE_QUERIES: 'on', REVALIDATE_ANSWERS: 'on' };

/** The same settings, all off: Yoga answers every query, and each operation makes its own calls. */
export const FAST_PATHS_OFF = { SHARE_READS: 'off', COMPILE_QUERIES: 'off', REVALIDATE_ANSWERS: 'off' };
