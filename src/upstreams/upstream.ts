import type { z } from 'zod';
import type { Cloud } from '../http/cloud.ts';
import type { Project } from '../http/request.ts';
import type { Service } from '../http/service.ts';
import type { ListLimits, Page, Window } from '../paging/window.ts';

/** A service of the cloud that the gateway serves: what calls to it need. */
export interface UpstreamService extends Service {
  /** Full name, for people. */
  title: string;
  /** Base URL in a region of Huawei Cloud, without a slash at the end. */
  baseUrl: (region: string) => string;
  /** True if not every region has the service. */
  isOptional?: boolean;
  /** Input fields whose ids the audit log contains, without `Id`: `cluster` for `clusterId` and `clusterIds`. */
  auditedIds: readonly string[];
  /** The longest wait between two polls, as a multiple of the first wait; only of services that subscriptions poll. */
  maxWaitFactor?: number;
}

/** A setting that a project has for one upstream: an environment variable, and a property in the projects file. */
export interface ProjectSetting {
  /** Environment variable. */
  variable: string;
  /** Property of the project, here and in the projects file. */
  property: keyof Project;
  /** True for a difference between regions: the projects file has it under `dialect`. */
  isDialect?: boolean;
  schema: z.ZodType<string, string>;
  /** One or more sentences for the table of settings. */
  description: string;
}

/** A cheap read of one page of a list, which the doctor makes. It changes nothing. */
export interface ReadProbe {
  limits: ListLimits;
  window: Window;
  read: (cloud: Cloud, project: Project) => Promise<Page<unknown>>;
  /** Why a project cannot be probed, and what to do about it; undefined if it can. */
  findObstacle?: (project: Project) => { words: string; hint: string } | undefined;
  /** Permission that the read needs, as IAM names it, or in words. */
  permission: string;
}

/** An upstream: everything that the rest of the gateway needs to know about it. */
export interface Upstream extends UpstreamService {
  settings: readonly ProjectSetting[];
  probe: ReadProbe;
  /** Imports the types and fields of the upstream, which adds them to the graph. */
  loadGraph: () => Promise<unknown>;
}

/** The base URL that a service of Huawei Cloud usually has in a region. */
export const regionalUrl = (prefix: string, region: string, domain = 'myhuaweicloud.com'): string =>
  `https://${prefix}.${region}.${domain}`;
