// A second opinion on our Merkle tree, proofs and notes, by golang.org/x/mod/sumdb. None of our code is in it: it reads the
// records as they were exported, and proofs as text.
//
//	second-opinion prove DIR    writes theirs.ndjson: proofs about records.ndjson, a thousand random sizes of each kind
//	second-opinion check DIR    checks the proofs in ours.ndjson against records.ndjson
//	second-opinion note DIR     opens signed.txt with the key in verifier, and writes theirs.txt and theirs.pub
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log"
	mathrand "math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const count = 1000

// A tree over records, as tlog stores one.
type tree struct {
	records [][]byte
	hashes  []tlog.Hash
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, i := range indexes {
		found = append(found, t.hashes[i])
	}
	return found, nil
}

func (t *tree) root(size int64) tlog.Hash {
	root, err := tlog.TreeHash(size, t)
	must(err)
	return root
}

func readTree(dir string) *tree {
	t := &tree{}
	for _, line := range readLines(filepath.Join(dir, "records.ndjson")) {
		hashes, err := tlog.StoredHashes(int64(len(t.records)), line, t)
		must(err)
		t.hashes = append(t.hashes, hashes...)
		t.records = append(t.records, line)
	}
	return t
}

// A proof as it is handed over: its text, and what it is to prove.
type proof struct {
	Size     int64  `json:"size"`
	Sequence int64  `json:"sequence,omitempty"`
	From     int64  `json:"from,omitempty"`
	Text     string `json:"text"`
}

// What a proof's text says: the first lines, the hashes, and the checkpoint.
type parts struct {
	start  []string
	hashes []tlog.Hash
	origin string
	tree   tlog.Tree
}

func parse(text string, startLines int) parts {
	head, body, found := strings.Cut(text, "\n\n")
	if !found || !strings.HasSuffix(body, "\n") {
		log.Fatalf("no empty line, or no line end: %q", text)
	}
	lines := strings.Split(head, "\n")
	p := parts{start: lines[:startLines]}
	for _, line := range lines[startLines:] {
		hash, err := tlog.ParseHash(line)
		must(err)
		p.hashes = append(p.hashes, hash)
	}
	p.origin, p.tree = parseCheckpoint(body)
	return p
}

// tlog knows a checkpoint by another first line only.
func parseCheckpoint(body string) (string, tlog.Tree) {
	origin, rest, _ := strings.Cut(body, "\n")
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	must(err)
	if string(tlog.FormatTree(tree)) != "go.sum database tree\n"+rest {
		log.Fatalf("more in the checkpoint than three lines: %q", body)
	}
	return origin, tree
}

func prove(dir string) {
	t := readTree(dir)
	n := int64(len(t.records))
	origin, _ := parseCheckpoint(string(readFile(filepath.Join(dir, "checkpoint.txt"))))
	random := mathrand.New(mathrand.NewSource(9162))
	var out bytes.Buffer
	for i := 0; i < count; i++ {
		size := 1 + random.Int63n(n)
		sequence, from := 1+random.Int63n(size), 1+random.Int63n(size)
		checkpoint := strings.Replace(string(tlog.FormatTree(tlog.Tree{N: size, Hash: t.root(size)})), "go.sum database tree", origin, 1)
		record, err := tlog.ProveRecord(size, sequence-1, t)
		must(err)
		start := fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n", sequence-1)
		write(&out, proof{Size: size, Sequence: sequence, Text: start + format(record) + "\n" + checkpoint})
		older, err := tlog.ProveTree(size, from, t)
		must(err)
		write(&out, proof{Size: size, From: from, Text: fmt.Sprintf("old %d\n", from) + format(older) + "\n" + checkpoint})
	}
	must(os.WriteFile(filepath.Join(dir, "theirs.ndjson"), out.Bytes(), 0o600))
	fmt.Printf("%d %s\n", n, t.root(n))
}

func check(dir string) {
	t := readTree(dir)
	origin, tree := parseCheckpoint(string(readFile(filepath.Join(dir, "checkpoint.txt"))))
	if tree.N != int64(len(t.records)) || tree.Hash != t.root(tree.N) {
		log.Fatalf("the checkpoint has root %v at %d", tree.Hash, tree.N)
	}
	inclusions, consistencies := 0, 0
	for _, line := range readLines(filepath.Join(dir, "ours.ndjson")) {
		var p proof
		must(json.Unmarshal(line, &p))
		if p.Sequence > 0 {
			said := parse(p.Text, 2)
			if said.start[0] != "c2sp.org/tlog-proof@v1" || said.start[1] != "index "+strconv.FormatInt(p.Sequence-1, 10) {
				log.Fatalf("not the start of a tlog-proof: %q", p.Text)
			}
			expect(said, origin, p.Size, t)
			leaf := tlog.RecordHash(t.records[p.Sequence-1])
			must(tlog.CheckRecord(said.hashes, p.Size, said.tree.Hash, p.Sequence-1, leaf))
			inclusions++
		} else {
			said := parse(p.Text, 1)
			if said.start[0] != "old "+strconv.FormatInt(p.From, 10) {
				log.Fatalf("not the start of a proof of consistency: %q", p.Text)
			}
			expect(said, origin, p.Size, t)
			must(tlog.CheckTree(said.hashes, p.Size, said.tree.Hash, p.From, t.root(p.From)))
			consistencies++
		}
	}
	fmt.Printf("%d %d\n", inclusions, consistencies)
}

func expect(said parts, origin string, size int64, t *tree) {
	if said.origin != origin || said.tree.N != size || said.tree.Hash != t.root(size) {
		log.Fatalf("not the checkpoint at %d: %v", size, said.tree)
	}
}

func openNote(dir string) {
	verifier, err := note.NewVerifier(strings.TrimSpace(string(readFile(filepath.Join(dir, "verifier")))))
	must(err)
	signed := readFile(filepath.Join(dir, "signed.txt"))
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	if opened.Text != string(readFile(filepath.Join(dir, "checkpoint.txt"))) || len(opened.Sigs) != 1 {
		log.Fatalf("another text, or other signatures: %+v", opened)
	}
	// A changed note must not open, else the one before proves nothing.
	if _, err := note.Open(bytes.Replace(signed, []byte("keyledger/"), []byte("Keyledger/"), 1), note.VerifierList(verifier)); err == nil {
		log.Fatal("a changed note opens")
	}
	secret, public, err := note.GenerateKey(rand.Reader, "witness.example")
	must(err)
	signer, err := note.NewSigner(secret)
	must(err)
	theirs, err := note.Sign(&note.Note{Text: opened.Text}, signer)
	must(err)
	must(os.WriteFile(filepath.Join(dir, "theirs.txt"), theirs, 0o600))
	key, err := base64.StdEncoding.DecodeString(strings.SplitN(public, "+", 3)[2])
	must(err)
	der, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(key[1:]))
	must(err)
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	must(os.WriteFile(filepath.Join(dir, "theirs.pub"), block, 0o600))
}

func format[H ~[]tlog.Hash](hashes H) string {
	var text strings.Builder
	for _, hash := range hashes {
		text.WriteString(hash.String() + "\n")
	}
	return text.String()
}

func write(out *bytes.Buffer, p proof) {
	line, err := json.Marshal(p)
	must(err)
	out.Write(append(line, '\n'))
}

func readFile(path string) []byte {
	data, err := os.ReadFile(path)
	must(err)
	return data
}

func readLines(path string) [][]byte {
	var lines [][]byte
	scanner := bufio.NewScanner(bytes.NewReader(readFile(path)))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		lines = append(lines, append([]byte(nil), scanner.Bytes()...))
	}
	must(scanner.Err())
	return lines
}

func must(err error) {
	if err != nil {
		log.Output(2, err.Error())
		os.Exit(1)
	}
}

func main() {
	log.SetFlags(log.Lshortfile)
	if len(os.Args) != 3 {
		log.Fatal("usage: second-opinion prove|check|note DIR")
	}
	switch os.Args[1] {
	case "prove":
		prove(os.Args[2])
	case "check":
		check(os.Args[2])
	case "note":
		openNote(os.Args[2])
	default:
		log.Fatalf("no such part: %s", os.Args[1])
	}
}
