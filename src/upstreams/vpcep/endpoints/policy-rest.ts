import { z } from 'zod';
import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import { isRefusedWith } from '../../../http/refusal.ts';
import { enumReader, list, nothing, text } from '../../../http/wire-values.ts';
import { orNull } from '../rest.ts';
import { vpcep } from '../service.ts';

const effect = enumReader({ Allow: 'ALLOW', Deny: 'DENY' });

const textOrTexts = z
  .string()
  .transform((one) => [one])
  .or(list(z.string()));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

const parseTexts = (value: unknown): string[] => [value].flat().filter(isScalar).map(String);

/** A condition: `{ operator: { key: values } }` on the wire. */
export interface PolicyCondition {
  operator: string;
  key: string;
  values: readonly string[];
}

const parseConditions = (wire: unknown): PolicyCondition[] =>
  Object.entries(isObject(wire) ? wire : {}).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).map(([key, values]) => ({
      operator,
      key,
      values: parseTexts(values),
    })),
  );

/** Principals as `*` or `kind:name`. */
const parsePrincipals = (wire: unknown): string[] =>
  isObject(wire)
    ? Object.entries(wire).flatMap(([kind, names]) => parseTexts(names).map((name) => `${kind}:${name}`))
    : parseTexts(wire);

const statementRow = z
  .object({
    Sid: text,
    Effect: text,
    Principal: z.unknown().optional(),
    Action: textOrTexts,
    Resource: textOrTexts,
    Condition: z.unknown().optional(),
  })
  .transform((wire) => ({
    sid: wire.Sid,
    effect: orNull(effect, wire.Effect),
    effectRaw: wire.Effect,
    principals: parsePrincipals(wire.Principal),
    actions: wire.Action,
    resources: wire.Resource,
    conditions: parseConditions(wire.Condition),
  }));

/** One statement of an endpoint's policy. */
export type PolicyStatementRow = z.output<typeof statementRow>;

/** Properties of an endpoint with its policy: statements of a gateway endpoint, a document of any other. */
export const policyProperties = {
  policy_statement: list(statementRow),
  policy_document: z.object({ Statement: list(statementRow) }).nullish(),
};

/** The statements of the policy; null without one, which allows everything. */
export const parsePolicy = ({
  policy_statement: statements,
  policy_document: document,
}: z.output<z.ZodObject<typeof policyProperties>>): readonly PolicyStatementRow[] | null =>
  [document?.Statement, statements].find((some) => some && some.length > 0) ?? null;

/** A statement in a request body. */
export interface PolicyStatement {
  Sid: string | undefined;
  Effect: 'Allow' | 'Deny';
  Principal?: '*';
  Action: readonly string[];
  Resource: readonly string[];
  Condition: Record<string, Record<string, readonly string[]>> | undefined;
}

/** A policy in a request body: one of the two properties. */
export type WirePolicy =
  | { policy_statement: readonly PolicyStatement[] }
  | { policy_document: { Version: string; Statement: readonly PolicyStatement[] } };

const POLICY = '/v1/{project_id}/vpc-endpoints/{vpc_endpoint_id}/policy';

/** Replaces the policy of an endpoint. The response lacks several properties of the endpoint, so the endpoint has to be read again. */
export const updateEndpointPolicy = (
  cloud: Cloud,
  project: Project,
  endpointId: string,
  policy: WirePolicy,
) =>
  cloud.put(vpcep, project, POLICY, {
    params: { vpc_endpoint_id: endpointId },
    body: policy,
    shape: nothing,
  });

/** Whether a policy was not removed because there is none. */
export const hasNoPolicy = isRefusedWith('EndPoint.2049');

/** Removes the policy of a gateway endpoint. The cloud has announced to withdraw the call. */
export const deleteEndpointPolicy = (cloud: Cloud, project: Project, endpointId: string) =>
  cloud.delete(vpcep, project, POLICY, {
    params: { vpc_endpoint_id: endpointId },
    shape: nothing,
    isExpectedRefusal: hasNoPolicy,
  });
