"""What a file looks like when it leaves: forbidden identifiers and other people's data taken out, or the file withheld.

files      one file, from the vault to the package: examined, then filtered
kinds      what a file is, by its first bytes
stages     how a file is looked through: bytes in, bytes out, in constant memory
reader     chooses the stage of a kind
text, markup, tables, structures, letters    kinds that are taken apart and put together again
archives, packed                             kinds that hold other files
pdf, binary                                  kinds that can only be sent whole, or withheld
"""
