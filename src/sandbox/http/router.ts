import type { Route } from './exchange.ts';

/** Result of a look-up by method and path. */
export type Match =
  | { found: 'route'; route: Route; path: Record<string, string> }
  | { found: 'path' } // the path exists, the method does not
  | { found: 'nothing' };

const variableName = (segment: string): string | undefined => /^\{(\w+)\}$/.exec(segment)?.[1];

const bind = (
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined => {
  if (pattern.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [at, wanted] of pattern.entries()) {
    const given = segments[at] ?? '';
    const name = variableName(wanted);
    if (name === undefined ? wanted !== given : given === '') return undefined;
    if (name !== undefined) values[name] = given;
  }
  return values;
};

const decoded = (path: string): string[] | undefined => {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
};

/** Finds the first route that fits; fixed paths stand before those with an id in the same place. */
export const createRouter = (routes: readonly Route[]) => {
  const table = routes.map((route) => ({ route, pattern: route.path.split('/') }));
  return (method: string, path: string): Match => {
    const segments = decoded(path);
    if (segments === undefined) return { found: 'nothing' };
    let pathExists = false;
    for (const { route, pattern } of table) {
      const values = bind(pattern, segments);
      if (values === undefined) continue;
      if (route.method === method) return { found: 'route', route, path: values };
      pathExists = true;
    }
    return { found: pathExists ? 'path' : 'nothing' };
  };
};
