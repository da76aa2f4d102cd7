import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions.JdbcConnectionOptionsBuilder;
import org.apache.flink.connector.jdbc.JdbcExecutionOptions;
import org.apache.flink.connector.jdbc.JdbcStatementBuilder;
import org.apache.flink.connector.jdbc.core.datastream.sink.JdbcSink;

/** The JDBC sinks into our tables. A replay writes the same keys again, and the table keeps one. */
final class Tables {
    private static final String FACT_COLUMNS =
            "event_date, event_time, event_ms, event_id, group_id, user_id, actor_role, source, key_id,"
                    + " topic, partition, offset, epoch, ingest_ms, version_inverse, ";
    private static final Map<String, String> OWN =
            Map.of(
                    "chat", "message_id, msg_type, text_len",
                    "join", "join_method",
                    "leave", "leave_kind",
                    "order", "order_id, status, currency, amount_paid");
    private static final String WINDOW_COLUMNS =
            "event_date, group_id, minute, epoch, topic, partition, join_events, leave_events, messages,"
                    + " member_messages, chatters, paid_orders, payers, gmv, version";
    private static final long DAY_MS = 86_400_000;

    private Tables() {}

    static JdbcSink<Event> facts(String url, String type) {
        return sink(
                url, "fact_" + type, FACT_COLUMNS + OWN.get(type), (row, event) -> fact(row, event));
    }

    static JdbcSink<Full.Window> windows(String url) {
        return sink(url, "group_minute", WINDOW_COLUMNS, (row, window) -> window(row, window));
    }

    private static <T> JdbcSink<T> sink(
            String url, String table, String columns, JdbcStatementBuilder<T> fill) {
        String places =
                IntStream.range(0, columns.split(",").length)
                        .mapToObj(each -> "?")
                        .collect(Collectors.joining(", "));
        return JdbcSink.<T>builder()
                .withQueryStatement(
                        "INSERT INTO " + table + " (" + columns + ") VALUES (" + places + ")", fill)
                .withExecutionOptions(
                        JdbcExecutionOptions.builder()
                                .withBatchSize(50_000)
                                .withBatchIntervalMs(500)
                                .withMaxRetries(3)
                                .build())
                .buildAtLeastOnce(
                        new JdbcConnectionOptionsBuilder()
                                .withUrl(url)
                                .withDriverName("ru.yandex.clickhouse.ClickHouseDriver")
                                .build());
    }

    private static void fact(PreparedStatement row, Event event) throws SQLException {
        fill(
                row,
                day(event.ms), event.ms / 1000, event.ms, event.id, event.group, event.user, event.role,
                event.source, event.keyId, event.topic, event.partition, event.offset, 1,
                event.appendedMs, Long.toUnsignedString(-1 - ((1L << 48) + event.offset)));
        Object[] own = event.own();
        for (int place = 0; place < own.length; place++) {
            row.setObject(16 + place, own[place]);
        }
    }

    private static void window(PreparedStatement row, Full.Window window) throws SQLException {
        fill(
                row,
                day(window.startMs), window.group, window.startMs / 1000, 1, window.topic,
                window.partition, window.joins, window.leaves, window.chats, window.chats,
                window.chatters, window.orders, window.payers, window.gmv, window.version);
    }

    private static void fill(PreparedStatement row, Object... values) throws SQLException {
        for (int place = 0; place < values.length; place++) {
            row.setObject(place + 1, values[place]);
        }
    }

    private static long lastDay = -1;
    private static String lastDate = "";

    private static synchronized String day(long ms) {
        long day = ms / DAY_MS;
        if (day != lastDay) {
            lastDay = day;
            lastDate = LocalDate.ofEpochDay(day).toString();
        }
        return lastDate;
    }
}
