import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/**
 * Lucene under the protocol of bench/driver.h: words split at spaces, BM25, no
 * query cache, exact totals only for count. Document numbers are those of the
 * lines.
 *
 * <p>Options of index: memory=MIB (256), optimize=0|1 (1: one segment), warm=N
 * (1: rounds in one virtual machine, of which the last counts). Of query:
 * passes=N (5), warm=SECONDS (5), for the compiler to settle first.
 */
public final class LuceneDriver {
    private static final String FIELD = "text";
    private static final int TOP = 10;
    private static final double STOP_AFTER = 60;

    private final String[] words;

    private LuceneDriver(String[] words) {
        this.words = words;
    }

    private String option(String key, String otherwise) {
        for (String word : words) {
            if (word.startsWith(key + "=")) {
                return word.substring(key.length() + 1);
            }
        }
        return otherwise;
    }

    private static double processSeconds() {
        var system = (com.sun.management.OperatingSystemMXBean)
                ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() * 1e-9;
    }

    private static double wallSeconds() {
        return System.nanoTime() * 1e-9;
    }

    private static double peakMib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        return 0;
    }

    // ---- Indexing -----------------------------------------------------------

    private static FieldType fieldType() {
        FieldType type = new FieldType();
        type.setTokenized(true);
        type.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
        type.freeze();
        return type;
    }

    private long putLines(IndexWriter writer, Path docs) throws IOException {
        Document document = new Document();
        Field field = new Field(FIELD, "", fieldType());
        long count = 0;

        document.add(field);
        try (BufferedReader lines = Files.newBufferedReader(docs)) {
            for (String line; (line = lines.readLine()) != null; count++) {
                field.setStringValue(line);
                writer.addDocument(document);
            }
        }
        return count;
    }

    private long indexOnce(Path dir, Path docs) throws IOException {
        IndexWriterConfig config =
                new IndexWriterConfig(new WhitespaceAnalyzer())
                        .setOpenMode(IndexWriterConfig.OpenMode.CREATE)
                        .setRAMBufferSizeMB(
                                Double.parseDouble(option("memory", "256")))
                        .setMergeScheduler(new SerialMergeScheduler())
                        .setSimilarity(new BM25Similarity())
                        .setUseCompoundFile(false);

        try (Directory directory = new MMapDirectory(dir);
                IndexWriter writer = new IndexWriter(directory, config)) {
            long count = putLines(writer, docs);

            writer.commit();
            if (option("optimize", "1").equals("1")) {
                writer.forceMerge(1);
                writer.commit();
            }
            return count;
        }
    }

    private void index(Path dir, Path docs) throws IOException {
        int rounds = Integer.parseInt(option("warm", "1"));
        long bytes = Files.size(docs);

        for (int round = 1; round <= rounds; round++) {
            double wall = wallSeconds();
            double cpu = processSeconds();
            long count = indexOnce(dir, docs);

            wall = wallSeconds() - wall;
            cpu = processSeconds() - cpu;
            if (round == rounds) {
                System.out.printf(
                        "{\"peer\":\"lucene\",\"op\":\"index\",\"file\":\"%s\","
                                + "\"docs\":%d,\"bytes\":%d,\"wall_s\":%.3f,"
                                + "\"cpu_s\":%.3f,\"mb_s_cpu\":%.2f,"
                                + "\"peak_mib\":%.1f}%n",
                        docs, count, bytes, wall, cpu, bytes / 1e6 / cpu,
                        peakMib());
            }
        }
    }

    // ---- Asking -------------------------------------------------------------

    private static Query queryOf(String kind, String text) {
        String[] terms = text.split(" ");

        if (terms.length == 1) {
            return new TermQuery(new Term(FIELD, terms[0]));
        }
        if (kind.equals("phrase")) {
            return new PhraseQuery(FIELD, terms);
        }
        var occur = kind.equals("and") ? BooleanClause.Occur.MUST
                                       : BooleanClause.Occur.SHOULD;
        var query = new BooleanQuery.Builder();

        for (String term : terms) {
            query.add(new TermQuery(new Term(FIELD, term)), occur);
        }
        return query.build();
    }

    private static ScoreDoc[] best(IndexSearcher searcher, String kind,
            String text) throws IOException {
        var manager = new TopScoreDocCollectorManager(TOP, TOP);

        return searcher.search(queryOf(kind, text), manager).scoreDocs;
    }

    private static void pass(IndexSearcher searcher, String kind,
            List<String> queries, double[] least) throws IOException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();

        for (int i = 0; i < least.length; i++) {
            long begin = threads.getCurrentThreadCpuTime();

            best(searcher, kind, queries.get(i));
            double took = (threads.getCurrentThreadCpuTime() - begin) * 1e-3;
            least[i] = Math.min(least[i], took);
        }
    }

    private void query(IndexSearcher searcher, String kind, String path,
            List<String> queries) throws IOException {
        int passes = Integer.parseInt(option("passes", "5"));
        double warm = Double.parseDouble(option("warm", "5"));
        double[] least = new double[queries.size()];
        int done = 0;
        double begin = wallSeconds();

        do {
            pass(searcher, kind, queries, least);
        } while (wallSeconds() - begin < warm);
        Arrays.fill(least, Double.MAX_VALUE);
        begin = wallSeconds();
        while (done < passes
                && (done == 0 || wallSeconds() - begin < STOP_AFTER)) {
            pass(searcher, kind, queries, least);
            done++;
        }
        Arrays.sort(least);
        int n = least.length;
        System.out.printf(
                "{\"peer\":\"lucene\",\"op\":\"query\",\"kind\":\"%s\","
                        + "\"file\":\"%s\",\"n\":%d,\"p50_us\":%.1f,"
                        + "\"p90_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,"
                        + "\"mean_us\":%.1f,\"passes\":%d,\"peak_mib\":%.1f}%n",
                kind, path, n, least[n / 2], least[n * 9 / 10],
                least[n * 99 / 100], least[n - 1],
                Arrays.stream(least).sum() / n, done, peakMib());
    }

    private static String numbers(ScoreDoc[] hits) {
        StringBuilder line = new StringBuilder();

        for (ScoreDoc hit : hits) {
            line.append(line.isEmpty() ? "" : " ").append(hit.doc + 1);
        }
        return line.toString();
    }

    private void ask(String command, Path dir, String kind, String path)
            throws IOException {
        List<String> queries = new ArrayList<>(
                Files.readAllLines(Path.of(path), StandardCharsets.UTF_8));

        queries.removeIf(String::isEmpty);
        try (IndexReader reader =
                DirectoryReader.open(new MMapDirectory(dir))) {
            IndexSearcher searcher = new IndexSearcher(reader);

            searcher.setQueryCache(null);
            searcher.setSimilarity(new BM25Similarity());
            if (command.equals("query")) {
                query(searcher, kind, path, queries);
                return;
            }
            for (String text : queries) {
                System.out.println(
                        command.equals("count")
                                ? "" + searcher.count(queryOf(kind, text))
                                : numbers(best(searcher, kind, text)));
            }
        }
    }

    private boolean run() throws IOException {
        String command = words.length > 0 ? words[0] : "";

        if (command.equals("index") && words.length >= 3) {
            index(Path.of(words[1]), Path.of(words[2]));
        } else if (List.of("query", "count", "top").contains(command)
                && words.length >= 4) {
            ask(command, Path.of(words[1]), words[2], words[3]);
        } else {
            return false;
        }
        return true;
    }

    public static void main(String[] words) throws IOException {
        Locale.setDefault(Locale.ROOT);
        if (!new LuceneDriver(words).run()) {
            System.err.println(
                    "usage: index DIR DOCS.txt [key=value...]\n"
                            + "       query|count|top DIR KIND QUERIES.txt "
                            + "[key=value...]");
            System.exit(2);
        }
    }
}
