import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;

/** An event of any of the topics, and where it was read. */
@JsonIgnoreProperties(ignoreUnknown = true)
public class Event {
    @JsonProperty("event_type") public String type = "";
    @JsonProperty("event_time") public long ms;
    @JsonProperty("event_id") public String id = "";
    @JsonProperty("group_id") public String group = "";
    @JsonProperty("user_id") public String user = "";
    @JsonProperty("actor_role") public String role = "member";
    @JsonProperty("source") public String source = "";
    @JsonProperty("key_id") public String keyId = "";
    @JsonProperty("message_id") public String messageId = "";
    @JsonProperty("msg_type") public String messageType = "";
    @JsonProperty("text_len") public long textLength;
    @JsonProperty("join_method") public String joinMethod = "";
    @JsonProperty("leave_kind") public String leaveKind = "";
    @JsonProperty("order_id") public String orderId = "";
    @JsonProperty("status") public String status = "";
    @JsonProperty("currency") public String currency = "";
    @JsonProperty("amount_paid") public BigDecimal amountPaid = BigDecimal.ZERO;
    public String topic = "";
    public int partition;
    public long offset;
    public long appendedMs;

    /** A line of the facts' table of its type, in the order of Tables.FACT_COLUMNS and its own. */
    public Object[] own() {
        return switch (type) {
            case "chat" -> new Object[] {messageId, messageType, textLength};
            case "join" -> new Object[] {joinMethod};
            case "leave" -> new Object[] {leaveKind};
            default -> new Object[] {orderId, status, currency, amountPaid};
        };
    }
}
