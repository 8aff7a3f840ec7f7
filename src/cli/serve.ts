import { waitForStopRequest } from '../server/stop-request.ts';

// Before the rest is loaded, which takes a moment: npm may end meanwhile, and process 1 ignores signals that nobody waits for.
const stopRequest = waitForStopRequest(process.env['npm_lifecycle_event'] === 'start');

const { serve } = await import('../server/serve.ts');
await serve(process.env, stopRequest);
