const newest = 'GLIBC_2.38'
const oldest = ['GLIBC_2.2.5', 'GLIBC_2.17'] // what glibc calls its first version on x64, and on arm64
const prefix = '__isoc23_' // strtol as in C23, which also reads "0b1"; without the prefix, as before C23
const haveOlderTwins = /^(fmod|__isoc23_(strtoul|strtoull|strtol|strtoll|sscanf|fscanf))$/

/** A changed copy of a 64-bit little-endian ELF library. Field names and offsets as in elf(5). */
export function withOlderSymbols(library: Buffer): Buffer {
  const elf = Buffer.from(library)
  const sections = readSections(elf)
  const replaced = new Set<number>() // the file's own numbers for GLIBC_2.38, one for each library it needs
  const need = find(sections, 0x6ffffffe) // SHT_GNU_verneed

  for (const verneed of chain(elf, need.offset, 12)) {
    const versions = [...chain(elf, verneed + elf.readUInt32LE(verneed + 8), 12)]
    const nameOf = (version: number) => readString(elf, need.strings + elf.readUInt32LE(version + 8))
    const old = oldest.flatMap((name) => versions.filter((version) => nameOf(version) === name))[0]
    for (const version of versions.filter((version) => nameOf(version) === newest)) {
      if (old === undefined) throw new Error(`no version older than ${newest} to choose`)
      replaced.add(elf.readUInt16LE(version + 6)) // vna_other
      elf.copy(elf, version, old, old + 4) // vna_hash
      elf.copy(elf, version + 8, old + 8, old + 12) // vna_name
    }
  }

  const symbols = find(sections, 11) // SHT_DYNSYM
  const versions = find(sections, 0x6fffffff) // SHT_GNU_versym
  for (let index = 0; index * 24 < symbols.size; index++) {
    if (!replaced.has(elf.readUInt16LE(versions.offset + index * 2))) continue
    const symbol = symbols.offset + index * 24
    const name = readString(elf, symbols.strings + elf.readUInt32LE(symbol))
    if (!haveOlderTwins.test(name)) throw new Error(`${name} of ${newest} has no known older twin`)
    if (name.startsWith(prefix)) elf.writeUInt32LE(elf.readUInt32LE(symbol) + prefix.length, symbol) // st_name
  }
  return elf
}

interface Section {
  type: number
  offset: number
  size: number
  strings: number // where the names it refers to begin
}

function readSections(elf: Buffer): Section[] {
  const table = Number(elf.readBigUInt64LE(40)) // e_shoff
  const header = (index: number) => table + index * 64
  const offset = (at: number) => Number(elf.readBigUInt64LE(at + 24))
  return Array.from({ length: elf.readUInt16LE(60) }, (_, index) => {
    const at = header(index)
    const strings = offset(header(elf.readUInt32LE(at + 40))) // sh_link
    return {
      type: elf.readUInt32LE(at + 4),
      offset: offset(at),
      size: Number(elf.readBigUInt64LE(at + 32)),
      strings,
    }
  })
}

function find(sections: Section[], type: number): Section {
  const section = sections.find((section) => section.type === type)
  if (!section) throw new Error(`no ELF section of type ${type}`)
  return section
}

/** The entries of a list in which the field at `next` holds the distance to the next entry. */
function* chain(elf: Buffer, first: number, next: number): Generator<number> {
  for (let at = first, step = -1; step !== 0; at += step) {
    step = elf.readUInt32LE(at + next)
    yield at
  }
}

function readString(elf: Buffer, at: number): string {
  return elf.toString('latin1', at, elf.indexOf(0, at))
}
