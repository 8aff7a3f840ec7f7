import type { Project } from '../http/client.ts';
import { fail, type Finding, pass, skip, warn } from './finding.ts';

/** A project in few words: nothing secret is among them. */
export const labelOf = ({ region, projectId, name }: Project): string => `${region} ${name ?? projectId}`;

/** How calls of a project prove who sends them. */
export const wayOf = (project: Project): 'key' | 'user' | 'caller' | 'sandbox' => {
  if (project.accessKey) return 'key';
  if (project.user) return 'user';
  return project.token === undefined ? 'caller' : 'sandbox';
};

const PRINTABLE = /^[\x21-\x7e]+$/;
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;
const LONGEST_TOKEN = 8192;
const SHORTEST_TOKEN = 32;

const kindOf = (token: string): string => {
  if (token.startsWith('MII')) return 'a PKI token of IAM';
  if (token.startsWith('gAAAA')) return 'a Fernet token of IAM';
  return JWT.test(token) ? 'a JWT' : 'of no kind that is told by its shape';
};

const PROOF = 'When it ends is not told by its shape; the reads below prove it';

/** Whether a token can be sent at all. */
export const isSendable = (token: string): boolean => PRINTABLE.test(token);

/** What a token looks like: its length and kind, and nothing of itself. */
export const tokenFinding = (token: string): Finding => {
  const check = 'token DOCTOR_TOKEN';
  const words = `${token.length} characters, ${kindOf(token)}`;
  if (!isSendable(token)) {
    return fail(
      check,
      `${token.length} characters, some of them blank or not printable`,
      'Give the token alone: no `Bearer`, no quotes, no line break',
    );
  }
  if (token.length > LONGEST_TOKEN)
    return fail(check, words, `More than ${LONGEST_TOKEN} does not fit a header: ask IAM with nocatalog=1`);
  if (JWT.test(token))
    return warn(check, words, 'The cloud takes tokens of IAM; those of another issuer go in Authorization');
  return token.length < SHORTEST_TOKEN
    ? warn(check, words, 'Tokens of IAM are longer: check that nothing was cut off')
    : pass(check, words, PROOF);
};

/** What temporary access keys begin with. */
const TEMPORARY = /^HST/;
const ACCESS_KEY_LENGTH = 20;
const SECRET_KEY_LENGTH = 40;

/** What an access key looks like; nothing of it is told. */
export const keyFinding = (label: string, key: NonNullable<Project['accessKey']>): Finding => {
  const check = `access key ${label}`;
  if (key.accessKey.length === SECRET_KEY_LENGTH && key.secretKey.length === ACCESS_KEY_LENGTH)
    return fail(check, 'access key and secret key seem to have changed places', 'Swap the two');
  if (TEMPORARY.test(key.accessKey) && key.securityToken === undefined)
    return fail(
      check,
      'a temporary access key without its security token',
      'Give the security token that was issued with it',
    );
  return key.securityToken === undefined
    ? pass(check, 'a permanent access key, by its shape')
    : pass(check, 'an access key with a security token', 'It ends within 24 hours of its issue');
};

const ofProject = (project: Project): Finding[] =>
  project.accessKey ? [keyFinding(labelOf(project), project.accessKey)] : [];

const ofCallers = (projects: readonly Project[], token: string | undefined): Finding[] => {
  const forwards = projects.some((project) => wayOf(project) === 'caller');
  if (token === undefined) {
    return forwards
      ? [
          skip(
            'token DOCTOR_TOKEN',
            'callers bring a token of their own, and none is here to try',
            'Give a project-scoped token of IAM in DOCTOR_TOKEN',
          ),
        ]
      : [];
  }
  return forwards
    ? [tokenFinding(token)]
    : [skip('token DOCTOR_TOKEN', 'no project takes the token of a caller')];
};

/** What the credentials look like that the calls are made with. */
export const credentialFindings = (projects: readonly Project[], token: string | undefined): Finding[] => [
  ...ofCallers(projects, token),
  ...projects.flatMap(ofProject),
];
