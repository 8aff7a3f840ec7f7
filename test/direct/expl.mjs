import { parse, validate } from "/work/main/node_modules/graphql/index.js";
import { compileQuery } from "/work/main/node_modules/graphql-jit/dist/index.js";
const { servedSchema } = await import("/work/main/src/graph/schema.ts");
const { createLimits } = await import("/work/main/src/guards/limits.ts");
const { createCompiledQueries } = await import("/work/main/src/direct/compiled.ts");
const schema = servedSchema();
const limits = createLimits(schema, {variablesBytes:1e5,tokens:5000,depth:20,aliases:100,rootFields:50,directives:50,listLength:1000,cost:25000},{default:20,max:1000,maxRows:10000});
for (const K of [3,4,5]) {
 const leaf = 'endpointId status statusRaw ipv4 ipv6 markerId domainId createdAt updatedAt description dnsName specification maxSessions failures { code message } admittedBy { permission id }';
 let doc = `{ ${Array.from({length:20},(_, i)=>`a${i}: cluster(clusterId:"${i}") { connections(first:1) { nodes { ...C${K} } } }`).join(' ')} }`;
 for (let k=K;k>0;k--) doc += ` fragment C${k} on Connection { ${leaf} endpoint { connection { ...C${k-1} } } endpointService { connections(first:1) { nodes { ...C${k-1} } } } cluster { connections(first:1) { nodes { ...C${k-1} } } } }`;
 doc += ` fragment C0 on Connection { ${leaf} }`;
 const d = parse(doc);
 const errs = validate(schema, d); if (errs.length) { console.log(errs[0].message); continue; }
 try { console.log(K, 'chars', doc.length, limits.check(d, undefined, {})); } catch (e) { console.log(K, e.message); }
 const q = createCompiledQueries(schema); q.passed(doc, undefined, d);
 const m0 = process.memoryUsage().heapUsed; const t = performance.now(); const one = q.find(doc, undefined); console.log(K, 'compile ms', Math.round(performance.now()-t), one ? 'ok':'unfit', 'heap MB', Math.round((process.memoryUsage().heapUsed-m0)/1e6));
}
