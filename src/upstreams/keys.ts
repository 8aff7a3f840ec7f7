import type { Project } from '../http/request.ts';

/** Key of a project in a loader. */
export const keyOfProject = ({ region, projectId }: Project): string => `${region} ${projectId}`;

/** Key of a query in a loader, independent of the order of its properties. */
export const keyOfQuery = (query: object): string => JSON.stringify(query, Object.keys(query).toSorted());
