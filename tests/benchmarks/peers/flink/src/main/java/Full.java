import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Every event as a fact, every minute window with its distinct events and persons, into tables. */
public final class Full {
    private static final List<String> TYPES = List.of("chat", "join", "leave", "order");

    /** A row of group_minute. */
    public static class Window {
        public String topic = "";
        public String group = "";
        public long startMs;
        public int partition;
        public long joins;
        public long leaves;
        public long chats;
        public long chatters;
        public long orders;
        public long payers;
        public BigDecimal gmv = BigDecimal.ZERO;
        public long version;
    }

    /** A window as it grows: which events it has seen, and which persons. */
    public static class Open {
        public Set<String> events = new HashSet<>();
        public Set<String> persons = new HashSet<>();
        public BigDecimal money = BigDecimal.ZERO;
        public int partition;
        public long version;
    }

    static class EventSchema implements KafkaRecordDeserializationSchema<Event> {
        private transient ObjectReader reader;

        @Override
        public void open(DeserializationSchema.InitializationContext context) {
            reader = new ObjectMapper().readerFor(Event.class);
        }

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> read, Collector<Event> out)
                throws IOException {
            Event event = reader.readValue(read.value());
            event.topic = read.topic();
            event.partition = read.partition();
            event.offset = read.offset();
            event.appendedMs = read.timestamp();
            out.collect(event);
        }

        @Override
        public TypeInformation<Event> getProducedType() {
            return TypeInformation.of(Event.class);
        }
    }

    static class Gather implements AggregateFunction<Event, Open, Open> {
        @Override
        public Open createAccumulator() {
            return new Open();
        }

        @Override
        public Open add(Event event, Open open) {
            if (open.events.add(event.ms + event.id)) {
                open.persons.add(event.user);
                open.money = open.money.add(event.amountPaid);
            }
            open.partition = event.partition;
            open.version = Math.max(open.version, event.offset + 1);
            return open;
        }

        @Override
        public Open getResult(Open open) {
            return open;
        }

        @Override
        public Open merge(Open one, Open other) {
            throw new UnsupportedOperationException("tumbling windows are not merged");
        }
    }

    static class Close
            extends ProcessWindowFunction<Open, Window, Tuple2<String, String>, TimeWindow> {
        @Override
        public void process(
                Tuple2<String, String> key, Context context, Iterable<Open> opened, Collector<Window> out) {
            Open open = opened.iterator().next();
            long count = open.events.size();
            Window window = new Window();
            window.topic = key.f0;
            window.group = key.f1;
            window.startMs = context.window().getStart();
            window.partition = open.partition;
            window.version = open.version;
            switch (key.f0) {
                case "community.chat" -> {
                    window.chats = count;
                    window.chatters = open.persons.size();
                }
                case "community.join" -> window.joins = count;
                case "community.leave" -> window.leaves = count;
                default -> {
                    window.orders = count;
                    window.payers = open.persons.size();
                    window.gmv = open.money;
                }
            }
            out.collect(window);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> told = System.getenv();
        String url = told.get("STORE");
        var environment = Local.environment(told.get("FOLDER"), Long.parseLong(arguments[0]));
        var source =
                KafkaSource.<Event>builder()
                        .setBootstrapServers(told.get("BROKER"))
                        .setTopics(TYPES.stream().map(type -> "community." + type).toList())
                        .setGroupId(told.get("GROUP"))
                        .setStartingOffsets(OffsetsInitializer.earliest())
                        .setBounded(OffsetsInitializer.latest())
                        .setDeserializer(new EventSchema())
                        .setProperty("max.poll.records", "10000")
                        .setProperty("fetch.max.wait.ms", "100")
                        .build();
        var inOrder =
                WatermarkStrategy.<Event>forMonotonousTimestamps()
                        .withTimestampAssigner((event, before) -> event.ms);
        var events = environment.fromSource(source, inOrder, "events");
        for (String type : TYPES) {
            events.filter(event -> event.type.equals(type))
                    .sinkTo(Tables.facts(url, type))
                    .disableChaining()
                    .name("facts of " + type);
        }
        events.keyBy(
                        event -> Tuple2.of(event.topic, event.group),
                        Types.TUPLE(Types.STRING, Types.STRING))
                .window(TumblingEventTimeWindows.of(Duration.ofMinutes(1)))
                .aggregate(new Gather(), new Close())
                .sinkTo(Tables.windows(url))
                .disableChaining()
                .name("windows");
        environment.execute();
        Thread.currentThread().join();
    }
}
