import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.WindowStore;

/** Chats by group and minute of event time, in a windowed count; the argument is the guarantee. */
public final class Count {
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Chat(@JsonProperty("event_time") long eventTime) {}

    private static final ObjectReader READER = new ObjectMapper().readerFor(Chat.class);
    private static final AtomicLong COUNTED = new AtomicLong();

    public static void main(String[] arguments) throws InterruptedException {
        Map<String, String> told = System.getenv();
        long events = Long.parseLong(told.get("EVENTS"));
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, told.get("GROUP"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, told.get("BROKER"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, told.get("FOLDER"));
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, arguments[0]);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, arguments[1]);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64 << 20);
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        settings.put(StreamsConfig.consumerPrefix("max.poll.records"), 10_000);
        settings.put(StreamsConfig.consumerPrefix("fetch.max.wait.ms"), 100);
        settings.put(StreamsConfig.producerPrefix("linger.ms"), 50);
        settings.put(StreamsConfig.producerPrefix("batch.size"), 256 << 10);
        settings.put(StreamsConfig.producerPrefix("compression.type"), "lz4");

        StreamsBuilder builder = new StreamsBuilder();
        Serde<Chat> chats = Serdes.serdeFrom((topic, chat) -> new byte[0], (topic, data) -> chat(data));
        builder.stream(
                        told.get("TOPIC"),
                        Consumed.with(Serdes.String(), chats)
                                .withTimestampExtractor((read, before) -> ((Chat) read.value()).eventTime()))
                .peek((group, chat) -> COUNTED.lazySet(COUNTED.get() + 1))
                .groupByKey(Grouped.with(Serdes.String(), chats))
                .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofHours(1)))
                .count(
                        Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("counts")
                                .withKeySerde(Serdes.String())
                                .withValueSerde(Serdes.Long())
                                .withRetention(Duration.ofDays(2)));
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.start();

        for (long counted = 0; counted < events; Thread.sleep(20)) {
            if (COUNTED.get() > counted) {
                counted = COUNTED.get();
                System.out.println("progress " + counted);
            }
        }
        report(streams);
        Thread.currentThread().join();
    }

    private static Chat chat(byte[] data) {
        try {
            return READER.readValue(data);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** The last events are in the store a moment after they were read. */
    private static void report(KafkaStreams streams) throws InterruptedException {
        Thread.sleep(500);
        long sum = 0;
        long windows = 0;
        var counts =
                streams.store(
                        StoreQueryParameters.fromNameAndType(
                                "counts", QueryableStoreTypes.<String, Long>windowStore()));
        try (var all = counts.fetchAll(Instant.EPOCH, Instant.ofEpochMilli(Long.MAX_VALUE))) {
            while (all.hasNext()) {
                sum += all.next().value;
                windows++;
            }
        }
        System.out.println("total " + sum + " " + windows);
    }
}
