import { builder, described } from './builder.ts';
import { allConditions, equals, isOneOf } from './conditions.ts';
import { type Parent, rowId } from './connection.ts';
import { checkVendorId } from './validate-input.ts';
import { loadEntity, Node } from './node.ts';
import { defineOrder, rowOrder } from './order.ts';

/** The accounts that a whitelist record admits. */
export interface Principal {
  kind: 'DOMAIN' | 'ORG_PATH' | 'ANY' | 'UNKNOWN';
  domainId: string | null;
  orgPath: string | null;
}

const DOMAIN = /^(?:iam:domain::)?([A-Za-z0-9][A-Za-z0-9_-]*)$/;
const ORG_PATH = /^organizations:orgPath::(.+)$/;

/** Parses the permission text of any of the services: with prefix, as a bare account id, as `*`, or as an organisation path. */
export const parsePrincipal = (permission: string): Principal => {
  if (permission === '*' || permission === 'iam:domain::*')
    return { kind: 'ANY', domainId: null, orgPath: null };
  const orgPath = ORG_PATH.exec(permission)?.[1];
  if (orgPath !== undefined) return { kind: 'ORG_PATH', domainId: null, orgPath };
  const domainId = DOMAIN.exec(permission)?.[1];
  return domainId === undefined
    ? { kind: 'UNKNOWN', domainId: null, orgPath: null }
    : { kind: 'DOMAIN', domainId, orgPath: null };
};

/** Whether a record is sure to admit an account. */
export const admitsAccount = ({ kind, domainId }: Principal, account: string): boolean =>
  kind === 'ANY' || domainId === account;

/** One record of the whitelist of a cluster or of an endpoint service. */
export interface PermissionNode extends Principal {
  __typename: 'Permission';
  parent: Parent;
  permissionId: string;
  permission: string;
  description: string | null;
  createdAt: string | null;
}

/** Makes a node of a whitelist record. */
export const permissionNode = (
  parent: Parent,
  row: { permissionId: string; permission: string; createdAt: string | null; description?: string | null },
): PermissionNode => ({
  __typename: 'Permission',
  parent,
  description: null,
  ...row,
  ...parsePrincipal(row.permission),
});

const PermissionKind = builder.enumType(
  'PermissionKind',
  described('Kind of the principal that a whitelist record admits.', {
    DOMAIN: 'One account (`iam:domain::<account id>`).',
    ORG_PATH: 'The accounts under a path of an organisation (`organizations:orgPath::<path>`).',
    ANY: 'Every account (`*`).',
    UNKNOWN: 'A record that this graph cannot interpret; `permission` has its text.',
  }),
);

export const Permission = builder.objectRef<PermissionNode>('Permission').implement({
  description: 'One record of a whitelist: who may connect to a cluster or to an endpoint service.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Opaque id, unique over all types, regions and projects.',
      resolve: ({ parent, permissionId }) => rowId('Permission', parent, permissionId),
    }),
    permissionId: t.exposeID('permissionId', {
      nullable: false,
      description: 'Id of the record in its own API.',
    }),
    permission: t.exposeString('permission', {
      nullable: false,
      description: 'The record as the cloud spells it; empty where the cloud sent no text.',
    }),
    kind: t.expose('kind', {
      type: PermissionKind,
      nullable: false,
      description: 'Kind of the principal that the record admits.',
    }),
    admitsEveryone: t.boolean({
      nullable: false,
      description: 'Whether the record admits every account (`*`).',
      resolve: ({ kind }) => kind === 'ANY',
    }),
    domainId: t.exposeID('domainId', {
      description: 'The account admitted; null unless `kind` is `DOMAIN`.',
    }),
    orgPath: t.exposeString('orgPath', {
      description: 'The path admitted; null unless `kind` is `ORG_PATH`.',
    }),
    description: t.exposeString('description', {
      description: "The owner's note; null where there is none, and always under a cluster.",
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the record was created.' }),
  }),
});

builder.asEntity(Permission, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: loadEntity<PermissionNode>('Permission'),
});

/** The filter of whitelists: the same meaning under a cluster and under an endpoint service. */
export const PermissionFilter = builder.inputType('PermissionFilter', {
  description: 'Which whitelist records to list; all given conditions must hold.',
  fields: (t) => ({
    kind: t.field({
      type: [PermissionKind],
      description: 'Admitting one of these kinds of principals; an empty list is no condition.',
    }),
    domainId: t.id({
      description: 'Admitting exactly this account by its id; records for everyone do not count.',
    }),
    admits: t.id({
      description:
        'Admitting this account, by a record of its own or by one for everyone. A path of an organisation does not match, since ' +
        'its accounts are not known.',
    }),
  }),
});

/** The order of whitelists: the same meaning under a cluster and under an endpoint service. */
export const PermissionOrder = defineOrder('PermissionOrder', 'whitelist records', 'their id', {
  CREATED_AT: 'When the record was created; records without that time come last.',
});

/** Turns the argument into an order of rows; undefined where it is not given. */
export const permissionOrder = (order: typeof PermissionOrder.$inferInput | null | undefined) =>
  rowOrder(order, { CREATED_AT: (node: PermissionNode) => node.createdAt });

/**
 * Builds the predicate of a filter; undefined where it has no condition.
 * @throws `BAD_USER_INPUT`
 */
export const permissionMatcher = (filter: typeof PermissionFilter.$inferInput | null | undefined) => {
  const { kind, domainId, admits } = filter ?? {};
  if (domainId != null) checkVendorId('filter.domainId', domainId);
  if (admits != null) checkVendorId('filter.admits', admits);
  return allConditions<PermissionNode>([
    isOneOf(kind, (node: PermissionNode) => node.kind),
    equals(domainId, (node: PermissionNode) => node.domainId),
    admits == null ? undefined : (node) => admitsAccount(node, admits),
  ]);
};
