import type { Project } from '../http/request.ts';
import { VENDOR_ID } from './validate-input.ts';

/** The content of an opaque id: type, project, and the vendor's ids that identify the node in it. */
export interface NodeId {
  type: string;
  region: string;
  projectId: string;
  parts: readonly string[];
}

const VERSION = 1;

/** The message for a text that is not an id of this graph. */
export const NOT_AN_ID = 'This is not an `id` of this graph. Take it from an `id` field.';

/** Encodes an opaque, URL-safe id. It contains region and project, so that serving more projects changes no id. */
export const encodeNodeId = (
  type: string,
  { region, projectId }: Pick<Project, 'region' | 'projectId'>,
  ...parts: string[]
): string => Buffer.from(JSON.stringify([VERSION, type, region, projectId, ...parts])).toString('base64url');

const ENCODED_ID = new RegExp(
  `^\\[${VERSION},"(\\w+)","(${VENDOR_ID})","(${VENDOR_ID})"((?:,"${VENDOR_ID}")*)\\]$`,
);

/** Decodes an id; null if it is not valid. All its parts are checked, so that they can be used in URLs. */
export const decodeNodeId = (id: string): NodeId | null => {
  const [, type, region, projectId, rest] =
    ENCODED_ID.exec(Buffer.from(id, 'base64url').toString('latin1')) ?? [];
  if (type === undefined) return null;
  const parts = rest === '' ? [] : rest!.slice(2, -1).split('","');
  return { type, region: region!, projectId: projectId!, parts };
};
