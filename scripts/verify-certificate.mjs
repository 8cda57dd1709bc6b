// Checks a certificate offline, in Node or a browser; docs/verify.md defines its fields and signature.
// Node: node verify-certificate.mjs key.pem ADDRESS (what the code holds). Exit codes: 0 holds, 1 does not, 2 unusable.
const node = globalThis.process?.versions?.node;
const subtle = (globalThis.crypto ?? (await import("node:crypto")).webcrypto).subtle;
const NAMES = ["version", "number", "name", "uscc", "category", "recognisedOn", "lastDay", "issuer"];

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

// The fields by name, or null where the key's owner did not sign them.
export async function proven(pem, address) {
  const [fields, signature] = address.slice(address.indexOf("#") + 1).split(".").map(bytes);
  const spki = bytes(pem.replace(/-----[A-Z ]+-----|\s/g, ""));
  const key = await subtle.importKey("spki", spki, { name: "Ed25519" }, false, ["verify"]);
  if (!(await subtle.verify({ name: "Ed25519" }, key, signature, fields))) return null;
  const lines = new TextDecoder().decode(fields).split("\n");
  return Object.fromEntries(NAMES.map((name, at) => [name, lines[at]]));
}

async function main(keyFile, address) {
  const { readFile } = await import("node:fs/promises");
  const found = await proven(await readFile(keyFile, "utf8"), address);
  console.log(found ? "holds" : "does not hold", JSON.stringify(found ?? {}));
  return found ? 0 : 1;
}

if (node && process.argv[1] && import.meta.url === (await import("node:url")).pathToFileURL(process.argv[1]).href) {
  const unusable = (error) => (console.error(`unusable: ${error.message}`), 2);
  process.exitCode = await main(...process.argv.slice(2)).catch(unusable);
}
