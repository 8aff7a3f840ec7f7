import type { Project } from '../http/request.ts';

/** Tells one project from another, as a key of a loader. */
export const keyOfProject = ({ region, projectId }: Project): string => `${region} ${projectId}`;

/** Tells one query from another, whatever the order of its properties. */
export const keyOfQuery = (query: object): string => JSON.stringify(query, Object.keys(query).toSorted());
