import type { Project } from '../../http/request.ts';
import { keyOfProject } from '../keys.ts';

/** An endpoint service, seen through a project. */
export interface ServiceKey {
  project: Project;
  serviceId: string;
}

/** Key of an endpoint service in a loader. */
export const keyOfService = ({ project, serviceId }: ServiceKey): string =>
  `${keyOfProject(project)} ${serviceId}`;
