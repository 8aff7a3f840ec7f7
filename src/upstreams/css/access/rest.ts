import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import { nothing } from '../../../http/wire-values.ts';
import { css } from '../service.ts';

/** Options of endpoint access; undefined ones are not sent, and the cloud takes them for false. */
export interface EndpointAccessOptions {
  privateDomainName: boolean | undefined;
  professional: boolean | undefined;
  dualStack: boolean | undefined;
}

/** Builds the body. Names were camelCase until 2025, and still are on older stacks; a body never has both spellings. */
const accessBody = (
  { cssBodyCase = 'snake' }: Project,
  { privateDomainName, professional, dualStack }: EndpointAccessOptions,
) =>
  cssBodyCase === 'snake'
    ? {
        endpoint_with_dns_name: privateDomainName,
        profession_vpcep: professional,
        dualstack_enable: dualStack,
      }
    : {
        endpointWithDnsName: privateDomainName,
        professionVpcep: professional,
        dualstackEnable: dualStack,
      };

/** Starts to switch endpoint access on. A body is needed, if only an empty one. */
export const enableEndpointAccess = (
  cloud: Cloud,
  project: Project,
  clusterId: string,
  options: EndpointAccessOptions,
) =>
  cloud.post(css, project, '/v1.0/{project_id}/clusters/{cluster_id}/vpcepservice/open', {
    params: { cluster_id: clusterId },
    body: accessBody(project, options),
    shape: nothing,
  });

/** Starts to switch endpoint access off. */
export const disableEndpointAccess = (cloud: Cloud, project: Project, clusterId: string) =>
  cloud.put(css, project, '/v1.0/{project_id}/clusters/{cluster_id}/vpcepservice/close', {
    params: { cluster_id: clusterId },
    shape: nothing,
  });
