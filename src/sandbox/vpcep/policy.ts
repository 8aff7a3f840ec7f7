import { anyObject, choice, coded, list, optional, shape, text, type Reader } from '../http/body.ts';
import type { Service, VisibleService } from '../model.ts';
import { vpcepRefusal } from './errors.ts';

const INVALID = 'EndPoint.2048';
const MAX_DOCUMENT_CHARACTERS = 20_480;

const COMMON = {
  Effect: choice('Allow', 'Deny'),
  Action: list(text({ min: 1 }), { min: 1 }),
  Resource: list(text({ min: 1 }), { min: 1 }),
  Condition: optional(anyObject),
  Sid: optional(text({ min: 1 })),
};

/** Statements of a gateway endpoint: they have no principal. */
export const STATEMENTS: Reader<object[]> = coded(INVALID, list(shape(COMMON), { max: 10 }));

const everyoneOrSome: Reader<unknown> = (value, at) =>
  typeof value === 'string' ? choice('*')(value, at) : anyObject(value, at);

const readDocument = shape({
  Version: choice('5.0'),
  Statement: list(shape({ ...COMMON, Principal: everyoneOrSome }), { min: 1 }),
});

/** The policy of any other endpoint. */
export const DOCUMENT: Reader<object> = coded(INVALID, readDocument);

/** Refuses a policy that is not of the form that the service takes, or that is too long. */
export const checkPolicy = (
  service: Service | VisibleService | undefined,
  policy: { policy_statement?: object[]; policy_document?: object },
): void => {
  const { policy_statement: statements, policy_document: document } = policy;
  if ((statements === undefined) === (document === undefined))
    throw vpcepRefusal(400, INVALID, 'exactly one of policy_statement and policy_document is needed.');
  if (service?.enable_policy !== true)
    throw vpcepRefusal(400, INVALID, 'The service does not support policies.');
  if ((service.service_type === 'gateway') !== (statements !== undefined))
    throw vpcepRefusal(400, INVALID, 'policy_statement is for gateway services, policy_document for others.');
  if (JSON.stringify(document ?? []).length > MAX_DOCUMENT_CHARACTERS)
    throw vpcepRefusal(400, INVALID, `policy_document has more than ${MAX_DOCUMENT_CHARACTERS} characters.`);
};
