// Has GitHub's own parser read a workflow: parse.mjs PARSER FILE. Prints, as JSON, what is wrong
// with it, and the jobs it has with their numbers of steps.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { pathToFileURL } from "node:url";

// The parser imports its schema as bundlers understand it; node wants to be told that it is JSON.
const hook = `
  import { readFileSync } from "node:fs";
  import { fileURLToPath } from "node:url";
  export async function load(url, context, next) {
    if (!url.endsWith(".json")) return next(url, context);
    const source = "export default " + readFileSync(fileURLToPath(url), "utf8");
    return { format: "module", shortCircuit: true, source };
  }
`;
register("data:text/javascript," + encodeURIComponent(hook));

const [parser, file] = process.argv.slice(2);
const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import(
  pathToFileURL(parser)
);
const content = readFileSync(file, "utf8");
const parsed = parseWorkflow({ name: "ci.yml", content }, new NoOperationTraceWriter());
const workflow = parsed.value && (await convertWorkflowTemplate(parsed.context, parsed.value));
const errors = parsed.context.errors.getErrors().map((error) => error.message);
const jobs = (workflow?.jobs ?? []).map((job) => [job.id.value, job.steps?.length ?? 0]);
console.log(JSON.stringify({ errors, jobs }));
