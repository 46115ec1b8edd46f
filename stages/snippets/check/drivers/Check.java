import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.NestingKind;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import com.sun.source.util.JavacTask;

/**
 * Has the compiler look at each of the files that it is given, by itself and without making anything, and tells of each
 * in a line of JSON: { file, exit, text, level }. A file that only lacks what others bring has the level "syntax".
 */
public class Check {
    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    public static void main(String[] files) throws Exception {
        try (JavaFileManager manager = COMPILER.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
            for (String file : files) OUT.println(judgeOrTell(file, manager));
        }
    }

    /** A compiler that fails has said nothing of the file, and goes on with the next. */
    private static String judgeOrTell(String file, JavaFileManager manager) throws Exception {
        try {
            return judge(file, manager);
        } catch (RuntimeException | Error failure) {
            return line(file, 4, failure.toString(), "types");
        }
    }

    private static String judge(String file, JavaFileManager manager) throws Exception {
        Text text = new Text(file, Files.readString(Path.of(file)));
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        List<String> options = List.of("-proc:none", "-implicit:none", "-Xlint:none", "-sourcepath", "/nonexistent");
        JavacTask task =
                (JavacTask) COMPILER.getTask(new StringWriter(), manager, found, options, null, List.of(text));
        task.parse();
        String syntax = errors(found);
        if (!syntax.isEmpty()) return line(file, 1, syntax, "syntax");
        task.analyze();
        String all = errors(found);
        if (all.isEmpty()) return line(file, 0, "", "types");
        return lacks(found) ? line(file, 0, "", "syntax") : line(file, 1, all, "types");
    }

    /** Whether a package is missing: what else is wrong may follow from that. */
    private static boolean lacks(DiagnosticCollector<JavaFileObject> found) {
        return found.getDiagnostics().stream()
                .anyMatch(each -> each.getCode().equals("compiler.err.doesnt.exist")
                        || each.getCode().startsWith("compiler.err.cant.resolve")
                        || each.getCode().equals("compiler.err.package.in.other.module")
                        || each.getCode().equals("compiler.err.package.not.visible")
                        || each.getCode().startsWith("compiler.err.module"));
    }

    private static String errors(DiagnosticCollector<JavaFileObject> found) {
        StringBuilder said = new StringBuilder();
        for (Diagnostic<?> each : found.getDiagnostics())
            if (each.getKind() == Diagnostic.Kind.ERROR)
                said.append("line ").append(each.getLineNumber()).append(": ")
                        .append(each.getMessage(Locale.ENGLISH)).append('\n');
        return said.toString();
    }

    private static String line(String file, int exit, String text, String level) {
        return "{\"file\":" + quoted(file) + ",\"exit\":" + exit + ",\"text\":" + quoted(text) + ",\"level\":"
                + quoted(level) + "}";
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char each : text.toCharArray()) {
            if (each >= ' ' && each < 127 && each != '"' && each != '\\') quoted.append(each);
            else quoted.append(String.format("\\u%04x", (int) each));
        }
        return quoted.append('"').toString();
    }

    /** A file whose public class may have any name. */
    private static final class Text extends SimpleJavaFileObject {
        private final String text;

        Text(String file, String text) {
            super(URI.create("string:///" + file), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }

        @Override
        public boolean isNameCompatible(String simpleName, Kind kind) {
            return true;
        }

        @Override
        public NestingKind getNestingKind() {
            return null;
        }

        @Override
        public Modifier getAccessLevel() {
            return null;
        }
    }
}
