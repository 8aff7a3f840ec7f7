import { readFileSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { readContract } from '../graphql/contract.ts';
import { EXIT, WrongUse } from './exit-codes.ts';
import { STANDARD_INPUT } from './standard-input.ts';
import { createTerminal } from './terminal.ts';

const NAME = 'vpc-endpoint-graph';

const readVersion = (): string => {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
};

const ENVIRONMENT = `The calls that ask read the same settings as the gateway and start one for themselves; with --url they ask a running one.
Your token comes from HW_AUTH_TOKEN, an API key of the gateway from GATEWAY_API_KEY, the workspace from HW_WORKSPACE_ID.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 partial (data with errors, or a list that is cut), 4 not authenticated or not allowed.`;

const withUrl = <T>(command: Argv<T>) =>
  command.option('url', { type: 'string', requiresArg: true, describe: 'Ask the gateway at this URL' });

/** The command line. A call loads its code when it runs. */
const given = process.argv.slice(2).map((one) => (one === '-' ? STANDARD_INPUT : one));

const commands = yargs(given.length === 0 ? ['serve'] : given)
  .scriptName(NAME)
  .locale('en')
  .usage('$0 [call] [options]\n\nWho is connected to what through VPC endpoints, as one graph.')
  .command('serve', 'Run the gateway; also without any call', {}, async () => {
    await import('./serve.ts');
  })
  .command(
    'doctor',
    'Examine settings, keys, hosts, and one read of each service',
    (command) => command.option('json', { type: 'boolean', describe: 'Print JSON' }),
    async ({ json = false }) => {
      const { runDoctor } = await import('./doctor.ts');
      await runDoctor({ json });
    },
  )
  .command(
    'query <text>',
    'Ask a query: its text, a file that has it, or - for standard input',
    (command) =>
      withUrl(command)
        .positional('text', { type: 'string', demandOption: true })
        .option('variables', { type: 'string', requiresArg: true, describe: 'Variables, as a JSON object' })
        .option('all', {
          type: 'boolean',
          describe: 'Follow the pages of the first connection to their end',
        })
        .option('json', {
          type: 'boolean',
          describe: 'Print JSON on as few lines as possible',
        })
        .option('csv', {
          type: 'boolean',
          describe: 'Print the rows of the first connection as CSV',
        })
        .conflicts('json', 'csv')
        .example('$0 query "{ clusters { nodes { name status } } }" --all --csv', ''),
    async ({ url, text, variables, all = false, json = false, csv = false }) => {
      const [{ runCall }, { runQuery }, { readQueryText, readVariables }] = await Promise.all([
        import('./run-call.ts'),
        import('./query.ts'),
        import('./read-arguments.ts'),
      ]);
      await runCall(url, async (context) =>
        runQuery(context, {
          text: await readQueryText(text),
          variables: readVariables(variables),
          all,
          format: csv ? 'csv' : json ? 'json' : 'pretty',
        }),
      );
    },
  )
  .command(
    'topology',
    'Show who is connected to what',
    (command) =>
      withUrl(command)
        .option('cluster', { type: 'string', requiresArg: true, describe: 'One cluster only, by its id' })
        .option('status', {
          type: 'string',
          requiresArg: true,
          describe: 'Connections of these statuses, joined with commas',
        })
        .option('format', {
          choices: ['text', 'mermaid', 'dot', 'json', 'csv', 'svg'] as const,
          default: 'text' as const,
          describe: 'How to print it',
        })
        .example('$0 topology --status FAILED,PENDING_ACCEPTANCE', ''),
    async ({ url, cluster, status, format }) => {
      const [{ runCall }, { runTopology }, { readStatuses }] = await Promise.all([
        import('./run-call.ts'),
        import('./topology/command.ts'),
        import('./read-arguments.ts'),
      ]);
      await runCall(url, (context) =>
        runTopology(context, {
          format,
          ...(cluster !== undefined && { clusterId: cluster }),
          ...(status !== undefined && { status: readStatuses(context.schema, '--status', status) }),
        }),
      );
    },
  )
  .command(
    'access <account>',
    'Show what an account may reach, and by which record',
    (command) =>
      withUrl(command)
        .positional('account', { type: 'string', demandOption: true, describe: 'Account id (domain id)' })
        .option('json', { type: 'boolean', describe: 'Print JSON' }),
    async ({ url, account, json = false }) => {
      const [{ runCall }, { runAccess }] = await Promise.all([
        import('./run-call.ts'),
        import('./access.ts'),
      ]);
      await runCall(url, (context) => runAccess(context, { domainId: account, json }));
    },
  )
  .command(
    'wait <id> [endpoints..]',
    'Wait until connections of a cluster or endpoint service are settled',
    (command) =>
      withUrl(command)
        .positional('id', { type: 'string', demandOption: true, describe: 'Cluster or service id' })
        .positional('endpoints', {
          type: 'string',
          array: true,
          default: [] as string[],
          describe: 'Endpoint ids; by default all that are not settled',
        })
        .option('until', {
          type: 'string',
          requiresArg: true,
          describe: 'Statuses to wait for, joined with commas',
        }),
    async ({ url, id, endpoints, until }) => {
      const [{ runCall }, { runWait }, { readStatuses }] = await Promise.all([
        import('./run-call.ts'),
        import('./wait.ts'),
        import('./read-arguments.ts'),
      ]);
      await runCall(url, (context) =>
        runWait(context, {
          id,
          endpointIds: endpoints,
          until: readStatuses(context.schema, '--until', until),
        }),
      );
    },
  )
  .command(
    'schema',
    'Print the contract in GraphQL',
    (command) => command.option('subgraph', { type: 'boolean', describe: 'That of the subgraph' }),
    ({ subgraph = false }) => createTerminal().write(readContract(subgraph ? 'subgraph' : 'api')),
  )
  .completion('completion', 'Print a script that completes the command in bash or zsh')
  .version(readVersion())
  .strict()
  .recommendCommands()
  .epilogue(ENVIRONMENT)
  .parserConfiguration({
    'parse-numbers': false,
    'parse-positional-numbers': false,
    'duplicate-arguments-array': false,
  })
  .wrap(Math.min(100, process.stdout.columns ?? 100))
  .exitProcess(false)
  .demandCommand(1, 'Say what to do.')
  .fail((message: string | undefined, error: Error | undefined) => {
    const problem = message?.startsWith('Not enough non-option arguments')
      ? 'An argument is missing.'
      : message;
    throw error ?? new WrongUse(`${problem}\nSee ${NAME} --help.`);
  });

try {
  await commands.parseAsync();
} catch (error) {
  if (!(error instanceof WrongUse)) throw error;
  console.error(error.message);
  process.exitCode = EXIT.wrongUse;
}
