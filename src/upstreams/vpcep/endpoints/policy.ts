/** The policy of an endpoint: what may be done through it, and with what. */
import { badInput } from '../../../errors/client-error.ts';
import { builder, described } from '../../../graph/builder.ts';
import { checkList, checkPlainText } from '../../../graph/validate-input.ts';
import { ifGiven, toWire } from '../write-input.ts';
import type { PolicyCondition, PolicyStatement, PolicyStatementRow, WirePolicy } from './policy-rest.ts';

const EndpointPolicyEffect = builder.enumType(
  'EndpointPolicyEffect',
  described('Effect of a statement of a policy.', {
    ALLOW: 'What the statement names is allowed (`Allow`).',
    DENY: 'What the statement names is denied (`Deny`), whatever else allows it.',
    UNKNOWN: 'An effect that this graph does not know; `effectRaw` has it.',
  }),
);

const EndpointPolicyCondition = builder.objectRef<PolicyCondition>('EndpointPolicyCondition').implement({
  description: 'A condition of a statement.',
  fields: (t) => ({
    operator: t.exposeString('operator', {
      nullable: false,
      description: 'How the value is compared, such as `StringEquals`.',
    }),
    key: t.exposeString('key', {
      nullable: false,
      description: 'Value of the request that is compared, such as `g:ResourceOrgId`.',
    }),
    values: t.stringList({
      nullable: { list: false, items: false },
      description: 'Values that it is compared with; one of them has to fit.',
      resolve: ({ values }) => [...values],
    }),
  }),
});

const EndpointPolicyStatement = builder.objectRef<PolicyStatementRow>('EndpointPolicyStatement').implement({
  description: 'A statement of a policy.',
  fields: (t) => ({
    sid: t.exposeString('sid', { description: 'Name of the statement; null where it has none (`Sid`).' }),
    effect: t.expose('effect', {
      type: EndpointPolicyEffect,
      description: 'Whether the statement allows or denies (`Effect`).',
    }),
    effectRaw: t.exposeString('effectRaw', { description: 'Effect as the cloud spells it.' }),
    principals: t.exposeStringList('principals', {
      nullable: { list: false, items: false },
      description:
        'Whom it is about: `*` for everyone, or `kind:name` (`Principal`). Statements of gateway endpoints have none, and are about everyone.',
    }),
    actions: t.exposeStringList('actions', {
      nullable: { list: true, items: false },
      description: 'What may be done, or may not, such as `obs:object:GetObject` (`Action`).',
    }),
    resources: t.exposeStringList('resources', {
      nullable: { list: true, items: false },
      description: 'With what, such as `obs:*:*:object:reports/*` (`Resource`).',
    }),
    conditions: t.expose('conditions', {
      type: [EndpointPolicyCondition],
      nullable: { list: false, items: false },
      description:
        'When the statement applies: all conditions must hold; always if there are none (`Condition`).',
    }),
  }),
});

/** Whether a pattern of actions or resources names all of a kind: nothing but wildcards follows its last colon. */
const isOpen = (pattern: string): boolean => /^[*/]+$/.test(pattern.slice(pattern.lastIndexOf(':') + 1));

/** Whether a statement lets everyone do everything with everything of a kind; null if it cannot be read. */
const opensToEveryone = (
  one: Pick<PolicyStatementRow, 'effect' | 'principals' | 'actions' | 'resources' | 'conditions'>,
): boolean | null => {
  if (one.effect !== 'ALLOW' || one.conditions.length > 0) return false;
  if (one.principals.length > 0 && !one.principals.some(isOpen)) return false;
  if (!one.actions || !one.resources) return null;
  return one.actions.some(isOpen) && one.resources.some(isOpen);
};

/** Whether a policy lets everyone do everything with everything of a kind. Without one, everything is allowed. */
export const isOpenPolicy = (statements: readonly PolicyStatementRow[] | null): boolean | null => {
  if (statements === null) return true;
  const opens = statements.map(opensToEveryone);
  return opens.includes(true) || (opens.includes(null) ? null : false);
};

export const EndpointPolicy = builder
  .objectRef<{ statements: readonly PolicyStatementRow[] }>('EndpointPolicy')
  .implement({
    description:
      'What may be done through an endpoint. What no statement allows is denied, and what one denies is denied in any case.',
    fields: (t) => ({
      statements: t.field({
        type: [EndpointPolicyStatement],
        nullable: { list: false, items: false },
        description: 'The statements of the policy.',
        resolve: ({ statements }) => [...statements],
      }),
      opensToEveryone: t.boolean({
        description:
          'Whether a statement without conditions allows everyone to do everything with everything of a kind; null if that ' +
          'cannot be read. What other statements deny is not considered.',
        resolve: ({ statements }) => isOpenPolicy(statements),
      }),
    }),
  });

const EndpointPolicyConditionInput = builder.inputType('EndpointPolicyConditionInput', {
  description: 'A condition of a statement.',
  fields: (t) => ({
    operator: t.string({ required: true, description: 'How to compare, such as `StringEquals`.' }),
    key: t.string({ required: true, description: 'Value of the request, such as `g:ResourceOrgId`.' }),
    values: t.stringList({ required: true, description: 'Values to compare with, 1 to 50.' }),
  }),
});

export const EndpointPolicyStatementInput = builder.inputType('EndpointPolicyStatementInput', {
  description: 'A statement of a policy. It is about everyone who uses the endpoint.',
  fields: (t) => ({
    effect: t.field({
      type: EndpointPolicyEffect,
      required: true,
      description: 'Whether to allow or to deny, `ALLOW` or `DENY`.',
    }),
    actions: t.stringList({
      required: true,
      description: 'What may be done, or may not, such as `obs:object:GetObject`; 1 to 100.',
    }),
    resources: t.stringList({
      required: true,
      description: 'With what, such as `obs:*:*:object:reports/*`; 1 to 100.',
    }),
    conditions: t.field({
      type: [EndpointPolicyConditionInput],
      description: 'When the statement applies, at most 20; by default always.',
    }),
    sid: t.string({ description: 'Name of the statement, up to 128 characters.' }),
  }),
});

/** The input field with which a policy that opens to everyone is confirmed. */
export const OPEN_POLICY =
  'Must be true if a statement without conditions allows everything of a kind with everything of a kind, such as `*` with ' +
  '`*`; by default false.';

type StatementInput = typeof EndpointPolicyStatementInput.$inferInput;

const toWireCondition = (argument: string, conditions: NonNullable<StatementInput['conditions']>) => {
  // Maps, since an operator or a key may be called as what every object has, such as `toString`.
  const operators = new Map<string, Map<string, readonly string[]>>();
  for (const [at, { operator, key, values }] of checkList(argument, conditions, 0, 20).entries()) {
    const place = `${argument}.${at}`;
    checkPlainText(`${place}.operator`, operator, 128);
    checkPlainText(`${place}.key`, key, 128);
    const keys = operators.get(operator) ?? new Map<string, readonly string[]>();
    const texts = checkList(`${place}.values`, values, 1, 50).map((value) =>
      checkPlainText(`${place}.values`, value, 1024),
    );
    operators.set(operator, keys.set(key, [...(keys.get(key) ?? []), ...texts]));
  }
  if (operators.size === 0) return undefined;
  return Object.fromEntries([...operators].map(([operator, keys]) => [operator, Object.fromEntries(keys)]));
};

const toWireStatement = (argument: string, input: StatementInput): PolicyStatement => {
  const textsOf = (name: 'actions' | 'resources') =>
    checkList(`${argument}.${name}`, input[name], 1, 100).map((one) =>
      checkPlainText(`${argument}.${name}`, one, 1024),
    );
  return {
    Sid: ifGiven(input.sid, (sid) => checkPlainText(`${argument}.sid`, sid, 128)),
    Effect: toWire(`${argument}.effect`, input.effect, { ALLOW: 'Allow', DENY: 'Deny' }),
    Action: textsOf('actions'),
    Resource: textsOf('resources'),
    Condition: ifGiven(input.conditions, (all) => toWireCondition(`${argument}.conditions`, all)),
  };
};

/** Version of the policy language of documents. */
const VERSION = '5.0';

/** The policy of an endpoint in a request body: statements for a gateway endpoint, a document for any other. */
export const toWirePolicy = (isGateway: boolean, statements: readonly PolicyStatement[]): WirePolicy =>
  isGateway
    ? { policy_statement: statements }
    : {
        policy_document: {
          Version: VERSION,
          Statement: statements.map((one) => ({ ...one, Principal: '*' })),
        },
      };

/** Most characters of a policy on the wire. */
const MAX_POLICY_CHARACTERS = 20_480;

/**
 * Turns statements into their form in a request body, and checks them.
 * @throws `BAD_USER_INPUT`, also where they open to everyone and the input does not say so.
 */
export const toWireStatements = (
  argument: string,
  inputs: readonly StatementInput[],
  openToEveryone: boolean | null | undefined,
): PolicyStatement[] => {
  const statements = checkList(argument, inputs, 1, 10).map((input, at) =>
    toWireStatement(`${argument}.${at}`, input),
  );
  if (JSON.stringify(toWirePolicy(false, statements)).length > MAX_POLICY_CHARACTERS)
    throw badInput(`\`${argument}\` is longer than a policy may be.`);
  const open = inputs.findIndex((one) =>
    opensToEveryone({
      ...one,
      actions: [...one.actions],
      resources: [...one.resources],
      conditions: [...(one.conditions ?? [])],
      principals: [],
    }),
  );
  if (open >= 0 && !openToEveryone)
    throw badInput(
      `\`${argument}.${open}\` lets everyone do everything of a kind through the endpoint. Say \`input.openToEveryone: true\` if that ` +
        'is meant.',
    );
  return statements;
};
