// The OpenAPI document as a validator: what arrives is held against its schemas, whatever the compiler believes.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

const document = JSON.parse(readFileSync(new URL("../../generated/openapi.json", import.meta.url), "utf8")) as object;
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addFormat("int32", true);
ajv.addFormat("int64", true);
ajv.addFormat("double", true);
ajv.addSchema(document, "openapi.json");

/** Fails unless value is what the schema of that name describes. */
export function conforms(schema: string, value: unknown): void {
  const check = ajv.getSchema(`openapi.json#/components/schemas/${schema}`);
  if (!check) throw new Error(`there is no schema ${schema}`);
  if (!check(value)) throw new Error(`not a ${schema}: ${ajv.errorsText(check.errors)}\n${JSON.stringify(value)}`);
}
