import { globSync } from 'node:fs';
import type { Route } from './http/exchange.ts';

const FILES = globSync('*/routes.{js,ts}', { cwd: import.meta.dirname }).toSorted();

/** The operations of all services: each folder with a `routes.ts` is a service. */
export const ROUTES: readonly Route[] = (
  await Promise.all(
    FILES.map((file) => import(new URL(file, import.meta.url).href) as Promise<{ routes: readonly Route[] }>),
  )
).flatMap(({ routes }) => routes);
