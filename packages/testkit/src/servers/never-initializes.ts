/** Starts, reads, and never answers anything. It ends with its stdin. */

process.stdin.resume()
process.stderr.write(`never-initializes: pid ${process.pid}\n`)
