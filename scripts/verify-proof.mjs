// Checks a rulecore proof offline, in Node or a browser; docs/verify.md defines proof, manifest and tree.
// Node: node verify-proof.mjs proof.json manifest.json (or the root in hex). Exit codes: 0 holds, 1 does not, 2 unusable.
const node = globalThis.process?.versions?.node;
const subtle = (globalThis.crypto ?? (await import("node:crypto")).webcrypto).subtle;

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function unhex(text) {
  if (typeof text !== "string" || !/^[0-9a-f]{64}$/.test(text)) throw new TypeError(`not a hash: ${text}`);
  return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
}

async function hash(...parts) {
  return new Uint8Array(await subtle.digest("SHA-256", await new Blob(parts).arrayBuffer()));
}

const leafHash = (text) => hash(Uint8Array.of(0), new TextEncoder().encode(text));
const nodeHash = (left, right) => hash(Uint8Array.of(1), left, right);

// Whether `proof` leads to `root` (hex) in a tree of `leaves` leaves: RFC 9162, 2.1.3.2.
export async function proves(proof, root, leaves = proof.leaves) {
  let [index, last, found] = [proof.index, leaves - 1, await leafHash(proof.leaf)];
  if (![index, last].every(Number.isSafeInteger) || index < 0 || index > last) return false;
  for (const text of proof.path) {
    const beside = unhex(text);
    if (last === 0) return false;
    if (index % 2 === 1 || index === last) {
      found = await nodeHash(beside, found);
      while (index % 2 === 0 && index > 0) [index, last] = [index / 2, Math.floor(last / 2)];
    } else {
      found = await nodeHash(found, beside);
    }
    [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
  }
  return last === 0 && hex(found) === hex(unhex(root));
}

// The words of a leaf, of the directory or of a run's results.
export function words(leaf, kind) {
  if (kind === "directory") {
    const [uscc, jurisdiction, year, tier, possible, status, isNew, publishedOn, ...name] = leaf.split("\t");
    return { uscc, name: name.join("\t"), jurisdiction, year, tier, possible, status, isNew, publishedOn };
  }
  const [unknown, known, possible, tier, ...subject] = leaf.split("\t").reverse();
  return { subject: subject.reverse().join("\t"), tier, possible, trueBits: known, unknownBits: unknown };
}

async function main(proofFile, trusted) {
  const { readFile } = await import("node:fs/promises");
  const proof = JSON.parse(await readFile(proofFile, "utf8"));
  const known = /^[0-9a-f]{64}$/.test(trusted) ? { root: trusted } : JSON.parse(await readFile(trusted, "utf8"));
  const holds = await proves(proof, known.root, known.rows);
  console.log(holds ? "holds" : "does not hold", JSON.stringify(words(proof.leaf, proof.kind)));
  return holds ? 0 : 1;
}

if (node && process.argv[1] && import.meta.url === (await import("node:url")).pathToFileURL(process.argv[1]).href) {
  const unusable = (error) => (console.error(`unusable: ${error.message}`), 2);
  process.exitCode = await main(...process.argv.slice(2)).catch(unusable);
}
