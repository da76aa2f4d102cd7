import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

/** Chats by group and minute of event time; the topic's end closes the last windows. */
public final class Count {
    private static final AtomicLong COUNTED = new AtomicLong();
    private static final AtomicLong SUM = new AtomicLong();
    private static final AtomicLong WINDOWS = new AtomicLong();

    /** What the count needs of an event. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public static class Chat {
        @JsonProperty("group_id")
        public String group;

        @JsonProperty("event_time")
        public long eventTime;
    }

    static class ChatSchema extends AbstractDeserializationSchema<Chat> {
        private transient ObjectReader reader;

        @Override
        public void open(InitializationContext context) {
            reader = new ObjectMapper().readerFor(Chat.class);
        }

        @Override
        public Chat deserialize(byte[] data) throws IOException {
            return reader.readValue(data);
        }
    }

    static class Counting implements AggregateFunction<Chat, Long, Long> {
        @Override
        public Long createAccumulator() {
            return 0L;
        }

        @Override
        public Long add(Chat chat, Long count) {
            COUNTED.lazySet(COUNTED.get() + 1);
            return count + 1;
        }

        @Override
        public Long getResult(Long count) {
            return count;
        }

        @Override
        public Long merge(Long one, Long other) {
            return one + other;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> told = System.getenv();
        var environment = Local.environment(told.get("FOLDER"), Long.parseLong(arguments[0]));
        var source =
                KafkaSource.<Chat>builder()
                        .setBootstrapServers(told.get("BROKER"))
                        .setTopics(told.get("TOPIC"))
                        .setGroupId(told.get("GROUP"))
                        .setStartingOffsets(OffsetsInitializer.earliest())
                        .setBounded(OffsetsInitializer.latest())
                        .setValueOnlyDeserializer(new ChatSchema())
                        .setProperty("max.poll.records", "10000")
                        .setProperty("fetch.max.wait.ms", "100")
                        .build();
        var inOrder =
                WatermarkStrategy.<Chat>forMonotonousTimestamps()
                        .withTimestampAssigner((chat, before) -> chat.eventTime);
        environment
                .fromSource(source, inOrder, "chats")
                .keyBy(chat -> chat.group)
                .window(TumblingEventTimeWindows.of(Duration.ofMinutes(1)))
                .aggregate(new Counting())
                .map(
                        count -> {
                            SUM.addAndGet(count);
                            WINDOWS.incrementAndGet();
                            return count;
                        })
                .returns(Types.LONG)
                .sinkTo(new DiscardingSink<>());
        environment.executeAsync();

        long events = Long.parseLong(told.get("EVENTS"));
        for (long counted = 0; SUM.get() < events; Thread.sleep(20)) {
            if (COUNTED.get() > counted) {
                counted = COUNTED.get();
                System.out.println("progress " + counted);
            }
        }
        System.out.println("progress " + COUNTED);
        System.out.println("total " + SUM + " " + WINDOWS);
        Thread.currentThread().join();
    }
}
