/** Adding and removing tags of endpoint services and endpoints: one call for each resource. */
import { badInput } from '../../../errors/client-error.ts';
import {
  mayHaveEffect,
  runWritePart,
  runWritesInOrder,
  throwIfAllFailed,
  userErrorsOfPart,
} from '../../../graph/batch-writes.ts';
import { builder } from '../../../graph/builder.ts';
import { commonInput, runWrite, userErrorsField, type PayloadFields } from '../../../graph/mutation.ts';
import { afterVerification, type ErrorMessages, type UserErrors } from '../../../graph/user-error.ts';
import { checkList, checkVendorId, requireProject } from '../../../graph/validate-input.ts';
import type { Context } from '../../../request/context.ts';
import type { Project } from '../../../http/request.ts';
import { Endpoint, endpointNode } from '../endpoints/graph.ts';
import { endpointById } from '../endpoints/loader.ts';
import { EndpointService } from '../graph.ts';
import { endpointServiceNode } from '../nodes.ts';
import { endpointServiceInList } from '../services/loader.ts';
import { ResourceTagInput, toWireTags } from '../write-input.ts';
import { changeTags, type ResourceType, type WireTag } from './rest.ts';

/** A resource whose tags are changed, with its position in the input. */
interface Target {
  type: ResourceType;
  id: string;
  at: number;
}

const TaggedResourceReference = builder.inputType('TaggedResourceReference', {
  description: "Reference to one of the project's own resources: exactly one of the two.",
  isOneOf: true,
  fields: (t) => ({
    endpointId: t.id({ description: 'Id of the endpoint, as the console shows it.' }),
    serviceId: t.id({ description: 'Id of the endpoint service, as the console shows it.' }),
  }),
});

const MAX_RESOURCES = 50;
const MAX_TAGS = 20;

const parseTargets = (inputs: readonly (typeof TaggedResourceReference.$inferInput)[]): Target[] => {
  const targets = checkList('input.resources', inputs, 1, MAX_RESOURCES).map(
    ({ endpointId, serviceId }, at): Target =>
      endpointId == null
        ? { type: 'endpoint_service', id: checkVendorId(`input.resources.${at}.serviceId`, serviceId), at }
        : { type: 'endpoint', id: checkVendorId(`input.resources.${at}.endpointId`, endpointId), at },
  );
  if (new Set(targets.map(({ type, id }) => `${type} ${id}`)).size < targets.length)
    throw badInput('`input.resources` must name each resource once.');
  return targets;
};

const checkKeys = <Tag extends { key: string }>(tags: readonly Tag[]): readonly Tag[] => {
  if (tags.length === 0) throw badInput(`\`input.tags\` must have 1 to ${MAX_TAGS} items.`);
  if (new Set(tags.map(({ key }) => key)).size < tags.length)
    throw badInput('`input.tags` must name each key once.');
  return tags;
};

/** Payload of both mutations: the resources that were changed, or may have been. They are read when they are selected. */
interface TagsPayload {
  project: Project;
  touched: readonly Target[];
  userErrors: UserErrors;
}

const readEndpoint = async (context: Context, project: Project, id: string) => {
  const row = await endpointById(context).load(project, id);
  return row && endpointNode(project, row);
};

const readService = async (context: Context, project: Project, id: string) => {
  const row = await endpointServiceInList(context).load(project, id);
  return row && endpointServiceNode(project, { ...row, ownership: 'OWN' });
};

const readTouched = async <Node>(
  { project, touched }: Pick<TagsPayload, 'project' | 'touched'>,
  type: ResourceType,
  context: Context,
  read: (context: Context, project: Project, id: string) => Promise<Node | null>,
): Promise<Node[]> => {
  const ids = touched.flatMap((target) => (target.type === type ? [target.id] : []));
  const nodes = await Promise.all(ids.map((id) => read(context, project, id)));
  return nodes.filter((node) => node !== null);
};

const payload = (name: string) => ({
  description: `Result of \`${name}\`.`,
  outputFields: (t: PayloadFields<TagsPayload>) => ({
    endpoints: t.field({
      type: [Endpoint],
      nullable: { list: true, items: false },
      description:
        'The endpoints that were changed, and those whose outcome is not known, read again, in the order of the input; null if ' +
        'they cannot be read.',
      resolve: (outcome, _args, context: Context) => readTouched(outcome, 'endpoint', context, readEndpoint),
    }),
    endpointServices: t.field({
      type: [EndpointService],
      nullable: { list: true, items: false },
      description:
        'The endpoint services that were changed, and those whose outcome is not known, read again, in the order of the input; ' +
        'null if they cannot be read.',
      resolve: (outcome, _args, context: Context) =>
        readTouched(outcome, 'endpoint_service', context, readService),
    }),
    userErrors: userErrorsField(t),
  }),
});

const messagesFor = ({ type, id }: Target): ErrorMessages => {
  const where =
    type === 'endpoint' ? `endpoint(endpointId: "${id}")` : `endpointService(by: { id: "${id}" })`;
  const what = type === 'endpoint' ? 'endpoint' : 'endpoint service';
  return {
    howToFindOut: `The tags may have been changed. \`${where} { tags { key value } }\` tells; trying again does no harm.`,
    refusals: {
      NOT_FOUND: { message: `The project has no such ${what} (any more).` },
      FORBIDDEN: { message: `Only its owner can change the tags of the ${what}.` },
      QUOTA_EXCEEDED: { message: `The ${what} would have more tags than it may.` },
      BAD_USER_INPUT: {
        message: 'A key or value has characters, or a length, that the region does not take.',
      },
    },
  };
};

type Action = 'create' | 'delete';

/** Changes the tags of all resources, one after the other. */
const changeAll = async (
  context: Context,
  project: Project,
  action: Action,
  targets: readonly Target[],
  tags: readonly WireTag[],
): Promise<TagsPayload> => {
  const parts = await runWritesInOrder(targets, (target) =>
    runWritePart(() => changeTags(context.cloud, project, target, action, tags), messagesFor(target)),
  );
  throwIfAllFailed(parts.map(({ part }) => part));
  return {
    project,
    touched: parts.flatMap(({ item, part }) => (mayHaveEffect(part) ? [item] : [])),
    userErrors: parts.flatMap(({ item, part }) =>
      userErrorsOfPart(part, ['input', 'resources', String(item.at)]),
    ),
  };
};

interface Tagged {
  tags: readonly { key: string; value: string | null }[] | null;
}

/** Whether a resource shows the change. */
const shows = ({ tags: current }: Tagged, action: Action, tags: readonly WireTag[]): boolean =>
  tags.every(({ key, value }) => {
    const has = current?.some(
      (tag) => tag.key === key && (value === undefined || (tag.value ?? '') === value),
    );
    return has === (action === 'create');
  });

/** Reads resources to find out whether an earlier change took effect. Sends nothing. */
const recheck = async (
  context: Context,
  project: Project,
  action: Action,
  tags: readonly WireTag[],
  touched: readonly Target[],
  userErrors: UserErrors,
): Promise<TagsPayload> => {
  const unclear = { project, touched };
  const [endpoints, services] = await Promise.all([
    readTouched(unclear, 'endpoint', context, readEndpoint),
    readTouched(unclear, 'endpoint_service', context, readService),
  ]);
  const found: Tagged[] = [...endpoints, ...services];
  const isDone = found.length === touched.length && found.every((one) => shows(one, action, tags));
  return { project, touched, userErrors: afterVerification(userErrors, isDone) };
};

const runChange = async (
  context: Context,
  mutation: string,
  input: Parameters<typeof runWrite>[2],
  project: Project,
  action: Action,
  targets: readonly Target[],
  tags: readonly WireTag[],
): Promise<TagsPayload> => {
  const { value, userErrors } = await runWrite(
    context,
    mutation,
    input,
    messagesFor(targets[0]!),
    () => changeAll(context, project, action, targets, tags),
    {
      partialOutcome: (outcome) => ({ ...outcome, changed: outcome.touched.length > 0 }),
      verify: async ({ value: before, userErrors: errors }) => {
        const touched = before?.touched ?? targets;
        const rechecked = recheck(context, project, action, tags, touched, before?.userErrors ?? errors);
        return { value: await rechecked, userErrors: [] };
      },
    },
  );
  return value ?? { project, touched: [], userErrors };
};

builder.relayMutationField(
  'addTags',
  {
    description: 'Tags to add, and to which resources.',
    inputFields: (t) => ({
      resources: t.field({
        type: [TaggedResourceReference],
        required: true,
        description: `The resources, 1 to ${MAX_RESOURCES}; each may be named only once.`,
      }),
      tags: t.field({
        type: [ResourceTagInput],
        required: true,
        description: `Tags to add to each of them, 1 to ${MAX_TAGS}. A tag replaces the one with the same key.`,
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      'Adds tags to endpoint services and endpoints, with one call for each. Other tags of the resources stay as they are.',
    example: `
      mutation {
        addTags(
          input: {
            resources: [{ serviceId: "f0f5e5d7-d4e7-4294-84cb-f5a54315d7be" }, { endpointId: "83db72ee-dbcb-4cfa-889e-592afcd10040" }]
            tags: [{ key: "owner", value: "network" }]
          }
        ) {
          endpointServices { tags { key value } }
          endpoints { tags { key value } }
          userErrors { code message field }
        }
      }
    `,
    resolve: (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const targets = parseTargets(input.resources);
      const tags = checkKeys(toWireTags('input.tags', input.tags));
      return runChange(context, 'addTags', input, project, 'create', targets, tags);
    },
  },
  payload('addTags'),
);

const ResourceTagToRemoveInput = builder.inputType('ResourceTagToRemoveInput', {
  description: 'A label to remove from a resource.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Key of the tag, 1 to 128 characters.' }),
    value: t.string({
      description:
        'Value of the tag; a tag with another value stays. By default the tag is removed with any value.',
    }),
  }),
});

builder.relayMutationField(
  'removeTags',
  {
    description: 'Tags to remove, and from which resources.',
    inputFields: (t) => ({
      resources: t.field({
        type: [TaggedResourceReference],
        required: true,
        description: `The resources, 1 to ${MAX_RESOURCES}; each may be named only once.`,
      }),
      tags: t.field({
        type: [ResourceTagToRemoveInput],
        required: true,
        description: `Tags to remove from each of them, 1 to ${MAX_TAGS}.`,
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      'Removes tags from endpoint services and endpoints, with one call for each. Tags that a resource does not have are no error.',
    example: `
      mutation {
        removeTags(
          input: {
            resources: [{ endpointId: "83db72ee-dbcb-4cfa-889e-592afcd10040" }]
            tags: [{ key: "stage" }]
          }
        ) {
          endpoints { tags { key value } }
          userErrors { code message field }
        }
      }
    `,
    resolve: (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const targets = parseTargets(input.resources);
      toWireTags('input.tags', input.tags);
      const tags = checkKeys(input.tags.map(({ key, value }) => ({ key, value: value ?? undefined })));
      return runChange(context, 'removeTags', input, project, 'delete', targets, tags);
    },
  },
  payload('removeTags'),
);
