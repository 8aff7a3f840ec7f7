import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import { nothing } from '../../../http/wire-values.ts';
import { css } from '../service.ts';

/** How endpoint access is to be; what is undefined is not sent, and false to the cloud. */
export interface EndpointAccessWish {
  privateDomainName: boolean | undefined;
  professional: boolean | undefined;
  dualStack: boolean | undefined;
}

/** The names were camelCase up to 2025, and still are on older stacks; both at once are never sent. */
const accessBody = (
  { cssBodyCase = 'snake' }: Project,
  { privateDomainName, professional, dualStack }: EndpointAccessWish,
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
  wish: EndpointAccessWish,
) =>
  cloud.post(css, project, '/v1.0/{project_id}/clusters/{cluster_id}/vpcepservice/open', {
    params: { cluster_id: clusterId },
    body: accessBody(project, wish),
    shape: nothing,
  });

/** Starts to switch endpoint access off. */
export const disableEndpointAccess = (cloud: Cloud, project: Project, clusterId: string) =>
  cloud.put(css, project, '/v1.0/{project_id}/clusters/{cluster_id}/vpcepservice/close', {
    params: { cluster_id: clusterId },
    shape: nothing,
  });
