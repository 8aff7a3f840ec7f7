import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

const STYLE = `
:root { color-scheme: light dark; }
html { font-size: clamp(1rem, 0.54rem + 0.45vw, 1.6rem); }
body { max-width: 42rem; margin: 0 auto; padding: 2rem 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.6rem; line-height: 1.2; margin-bottom: 0.5rem; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 2rem 0 0.5rem; }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace; }
pre { padding: 1rem; overflow-x: auto; border-radius: 0.5rem; background: #f2f2f2; }
a { color: #0b57d0; }
.pages { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); padding: 0; list-style: none; }
.pages a { display: block; height: 100%; box-sizing: border-box; padding: 1rem; border: 1px solid #aab2bd; border-radius: 0.5rem; text-decoration: none; }
.pages a:hover { border-color: currentcolor; background: #f4f6f9; }
.pages b { display: block; font-size: 1.1rem; text-decoration: underline; }
.pages span { color: #1a1a1a; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #161616; }
  pre { background: #262626; }
  .pages a { border-color: #59626d; }
  .pages a:hover { background: #1f2226; }
  a { color: #8ab4f8; }
  .pages span { color: #e6e6e6; }
}
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Which pages the gateway serves beside this one. */
interface Pages {
  graphiql: boolean;
  topology: boolean;
}

const TOPOLOGY = `<li><a href="topology"><b>Topology</b> <span>See who is connected to what, and accept, reject and allow.</span></a></li>`;
const GRAPHIQL = `<li><a href="graphql"><b>GraphiQL</b> <span>Write queries, with the schema at hand.</span></a></li>`;

/** What is turned off, and how to turn it on. */
const describeOff = ({ graphiql, topology }: Pages): string =>
  [
    ...(graphiql
      ? []
      : [
          'GraphiQL, the page to try queries on, is turned off here: whoever runs the gateway turns it on with <code>GRAPHIQL=on</code>.',
        ]),
    ...(topology
      ? []
      : [
          'The topology page is turned off here: whoever runs the gateway turns it on with <code>TOPOLOGY=on</code>.',
        ]),
  ]
    .map((text) => `<p>${text}</p>\n`)
    .join('');

const render = (pages: Pages): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>VPC endpoint graph</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>VPC endpoint graph</h1>
<p>This is a GraphQL API over three cloud services that describe private access through VPC endpoints.</p>
${
  pages.graphiql || pages.topology
    ? `<ul class="pages">${pages.topology ? TOPOLOGY : ''}${pages.graphiql ? GRAPHIQL : ''}</ul>\n`
    : ''
}${describeOff(pages)}<h2>Send a query</h2>
<p>For <code>&lt;address&gt;</code>, copy the address of <a href="graphql">this link to the graph</a>.</p>
<pre tabindex="0"><code>curl '&lt;address&gt;' \\
  -H 'Content-Type: application/json' \\
  -H 'X-Auth-Token: &lt;IAM token of your project&gt;' \\
  -d '{"query": "{ clusters { nodes { name status } } }"}'</code></pre>
<p>Where the gateway has API keys or checks JWTs, also send <code>Authorization: Bearer &lt;key or token&gt;</code>. DataArts Insight
needs the id of a workspace in <code>X-Workspace-Id</code>.</p>
<h2>Is it up?</h2>
<p><a href="ready">/ready</a> answers 200 while it takes work.</p>
</main>
</body>
</html>
`;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
  vary: 'accept',
};

/** Sends the page for browsers that says what this is, how to ask, and which other pages there are. */
export type SendWelcomePage = (response: ServerResponse, status: 200 | 406) => void;

/** Creates the page for browsers: it has no script and loads nothing. */
export const createWelcomePage = (pages: Pages): SendWelcomePage => {
  const html = render(pages);
  const headers = { ...HEADERS, 'content-length': Buffer.byteLength(html) };
  return (response, status) => {
    response.writeHead(status, headers).end(html);
  };
};
