using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Adapters.Http.State;
using Cmq.MultiProtocol.Adapters.Http.Tests.Fakes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>Queue messages (spec section 4.2).</summary>
public sealed class MessageActionsTests : IAsyncLifetime
{
    private const string NoMessage = "(10200)no message";

    private ServedBroker _served = null!;

    public async Task InitializeAsync()
    {
        _served = await ServedBroker.StartAsync();
        await CallAsync("CreateQueue", ("queueName", "q"));
    }

    public async Task DisposeAsync() => await _served.DisposeAsync();

    [Theory]
    [InlineData("hello wörld & a=b +%/")]
    [InlineData("@hello")]
    [InlineData(" \t\r\n\0\"\\ 🐇 <script>")]
    [InlineData("undefined")]
    public async Task What_is_sent_is_received_and_deleted(string body)
    {
        JsonElement sent = await CallAsync("SendMessage", ("queueName", "q"), ("msgBody", body));
        JsonElement received = await CallAsync("ReceiveMessage", ("queueName", "q"));
        string handle = received.GetProperty("receiptHandle").GetString()!;
        JsonElement deleted = await CallAsync("DeleteMessage", ("queueName", "q"), ("receiptHandle", handle));

        Assert.Equal("1", sent.GetProperty("msgId").GetString());
        Assert.Equal(body, received.GetProperty("msgBody").GetString());
        Assert.Equal("1", received.GetProperty("msgId").GetString());
        Assert.Equal(1_795_227_045, received.GetProperty("enqueueTime").GetInt64());
        Assert.Equal(1_795_227_045, received.GetProperty("firstDequeueTime").GetInt64());
        Assert.Equal(1_795_227_075, received.GetProperty("nextVisibleTime").GetInt64());
        Assert.Equal(1, received.GetProperty("dequeueCount").GetInt32());
        Assert.Equal(0, deleted.GetProperty("code").GetInt32());
        await FailsAsync(
            4430,
            "(10260)receipt handle is invalid",
            "DeleteMessage",
            ("queueName", "q"),
            ("receiptHandle", handle));
    }

    [Fact]
    public async Task A_message_carries_what_other_protocols_need()
    {
        await CallAsync("SendMessage", ("queueName", "Q"), ("msgBody", "x"), ("delaySeconds", "3600"));

        Publication sent = _served.Broker.Published.Single();
        Assert.Equal(FakeBroker.DefaultTopic, sent.Topic);
        Assert.Equal("q", sent.RoutingKey);
        Assert.Equal(PropertyFormat.Http, sent.Format);
        Assert.True(sent.Persistent);
        Assert.Equal(3_600_000, sent.DelayMs);
        Assert.Null(sent.TtlMs);
        Assert.Equal(_served.Broker.Time.NowMs, new HttpPropertyReader().Read(sent.Properties).TimestampMs);
    }

    [Fact]
    public async Task A_delayed_message_comes_when_its_time_has_come()
    {
        await CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "x"), ("delaySeconds", "10"));
        await FailsAsync(7000, NoMessage, "ReceiveMessage", ("queueName", "q"));

        _served.Broker.Time.Advance(TimeSpan.FromSeconds(10));

        JsonElement received = await CallAsync("ReceiveMessage", ("queueName", "q"));
        Assert.Equal("x", received.GetProperty("msgBody").GetString());
    }

    [Theory]
    [InlineData("3601")]
    [InlineData("-1")]
    public Task A_delay_out_of_range_is_refused(string delay) => FailsAsync(
        4000,
        "(10692)delay seconds is out of range",
        "SendMessage",
        ("queueName", "q"),
        ("msgBody", "x"),
        ("delaySeconds", delay));

    [Fact]
    public async Task An_empty_or_missing_body_is_refused()
    {
        const string empty = "(10120)message body can't be empty";
        await FailsAsync(4000, empty, "SendMessage", ("queueName", "q"), ("msgBody", ""));
        await FailsAsync(
            4000, empty, "BatchSendMessage", ("queueName", "q"), ("msgBody.0", "a"), ("msgBody.1", ""));
        await FailsAsync(
            4000, "(10390)lacked of required parameter msgBody", "SendMessage", ("queueName", "q"));
        await FailsAsync(
            4000, "(10390)lacked of required parameter queueName", "SendMessage", ("msgBody", "x"));
        Assert.Empty(_served.Broker.Published);
    }

    [Fact]
    public async Task The_queue_decides_how_large_a_message_may_be()
    {
        JsonElement fits =
            await CallAsync("SendMessage", ("queueName", "q"), ("msgBody", new string('x', 65_536)));

        Assert.Equal(0, fits.GetProperty("code").GetInt32());
        await FailsAsync(
            4400,
            "(10230)exceed maximum message size",
            "SendMessage",
            ("queueName", "q"),
            ("msgBody", new string('x', 65_537)));
    }

    [Fact]
    public async Task A_message_of_the_largest_size_passes_however_it_is_encoded()
    {
        await CallAsync("SetQueueAttributes", ("queueName", "q"), ("maxMsgSize", "1048576"));
        string body = new('%', 1_048_576);

        JsonElement sent = await CallAsync("SendMessage", ("queueName", "q"), ("msgBody", body));
        JsonElement received = await CallAsync("ReceiveMessage", ("queueName", "q"));

        Assert.Equal(0, sent.GetProperty("code").GetInt32());
        Assert.Equal(body, received.GetProperty("msgBody").GetString());
    }

    [Fact]
    public async Task A_batch_is_stored_in_order_and_its_ids_are_answered_in_order()
    {
        (string, string)[] bodies = [.. Enumerable.Range(0, 16).Select(i => ($"msgBody.{i}", $"body {i}"))];

        JsonElement sent = await CallAsync("BatchSendMessage", [("queueName", "q"), .. bodies.Reverse()]);
        JsonElement received = await CallAsync("BatchReceiveMessage", ("queueName", "q"), ("numOfMsg", "16"));

        Assert.Equal(Enumerable.Range(1, 16).Select(i => $"{i}"), Texts(sent, "msgList", "msgId"));
        Assert.Equal(bodies.Select(b => b.Item2), Texts(received, "msgInfoList", "msgBody"));
    }

    [Fact]
    public async Task A_batch_is_stored_whole_or_not_at_all_when_a_part_of_it_is_wrong()
    {
        string tooLarge = new('x', 65_537);
        (string, string)[] many = [.. Enumerable.Range(1, 17).Select(i => ($"msgBody.{i}", "x"))];

        await FailsAsync(
            4400,
            "(10230)exceed maximum message size",
            "BatchSendMessage",
            ("queueName", "q"),
            ("msgBody.1", "ok"),
            ("msgBody.2", tooLarge));
        await FailsAsync(
            4000,
            "(10370)msgBody parameter batch size is out of range",
            "BatchSendMessage",
            [("queueName", "q"), .. many]);
        Assert.Empty(_served.Broker.Published);
    }

    [Fact]
    public async Task A_batch_above_one_megabyte_in_sum_is_refused()
    {
        await CallAsync("SetQueueAttributes", ("queueName", "q"), ("maxMsgSize", "1048576"));

        await FailsAsync(
            4470,
            "(10300)total message size exceed 1MB",
            "BatchSendMessage",
            ("queueName", "q"),
            ("msgBody.1", new string('x', 1_048_576)),
            ("msgBody.2", "x"));
    }

    [Theory]
    [InlineData(Reply.Full, 4410, "(10240)reach maximum retention number of message")]
    [InlineData(Reply.TooManyHeld, 6070, "(10690)too many unacked(inactive) messages or delayed messages")]
    [InlineData(Reply.Gone, 4440, "(10100)queue is not existed, or deleted")]
    public async Task A_refused_publish_is_answered_in_the_services_words(
        Reply reply, int code, string message)
    {
        _served.Broker.PublishReply = number => number == 2 ? reply : Reply.Ok;

        await FailsAsync(
            code, message, "BatchSendMessage", ("queueName", "q"), ("msgBody.1", "a"), ("msgBody.2", "b"));
    }

    [Fact]
    public async Task A_message_that_was_given_to_listeners_from_memory_was_sent()
    {
        _served.Broker.Admission = PublishAdmission.Served;

        JsonElement answer = await CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "x"));

        Assert.Equal(0, answer.GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task While_space_is_short_the_client_is_to_come_again_later()
    {
        _served.Broker.Admission = PublishAdmission.Full;

        await FailsAsync(
            6000,
            "(10050)server internal error, the node cannot serve this request now, please try later",
            "SendMessage",
            ("queueName", "q"),
            ("msgBody", "x"));
    }

    [Fact]
    public async Task An_unknown_outcome_is_never_success()
    {
        _served.Broker.PublishReply = _ => Reply.TimedOut;

        JsonElement answer = await CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "x"));

        Assert.Equal(6000, answer.GetProperty("code").GetInt32());
        Assert.Contains("(10050)server internal error", answer.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_message_that_was_not_deleted_comes_again_with_another_handle()
    {
        await CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "x"));
        JsonElement first = await CallAsync("ReceiveMessage", ("queueName", "q"));
        await FailsAsync(7000, NoMessage, "ReceiveMessage", ("queueName", "q"));
        _served.Broker.Time.Advance(TimeSpan.FromSeconds(30));

        JsonElement second = await CallAsync("ReceiveMessage", ("queueName", "q"));

        string firstHandle = first.GetProperty("receiptHandle").GetString()!;
        string secondHandle = second.GetProperty("receiptHandle").GetString()!;
        Assert.Equal(2, second.GetProperty("dequeueCount").GetInt32());
        Assert.Equal(1_795_227_045, second.GetProperty("firstDequeueTime").GetInt64());
        Assert.NotEqual(firstHandle, secondHandle);
        JsonElement deleted = await CallAsync(
            "BatchDeleteMessage",
            ("queueName", "q"),
            ("receiptHandle.0", firstHandle),
            ("receiptHandle.1", secondHandle),
            ("receiptHandle.2", "a+b"));
        Assert.Equal(6010, deleted.GetProperty("code").GetInt32());
        Assert.Equal("(10150)delete message partially failed", deleted.GetProperty("message").GetString());
        Assert.Equal(["a+b", firstHandle], Texts(deleted, "errorList", "receiptHandle"));
        Assert.Equal([4000, 4430], deleted.GetProperty("errorList").EnumerateArray()
            .Select(e => e.GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task A_batch_delete_that_fails_whole_says_so()
    {
        JsonElement deleted = await CallAsync(
            "BatchDeleteMessage", ("queueName", "q"), ("receiptHandle.1", "1"), ("receiptHandle.2", "2"));

        Assert.Equal(6020, deleted.GetProperty("code").GetInt32());
        Assert.Equal("(10290)batch delete message failed", deleted.GetProperty("message").GetString());
        Assert.Equal(["1", "2"], Texts(deleted, "errorList", "receiptHandle"));
    }

    [Fact]
    public async Task A_batch_delete_that_succeeds_says_nothing_more()
    {
        await CallAsync("BatchSendMessage", ("queueName", "q"), ("msgBody.1", "a"), ("msgBody.2", "b"));
        JsonElement received = await CallAsync("BatchReceiveMessage", ("queueName", "q"), ("numOfMsg", "16"));
        string[] handles = [.. Texts(received, "msgInfoList", "receiptHandle")];

        JsonElement deleted = await CallAsync(
            "BatchDeleteMessage",
            ("queueName", "q"),
            ("receiptHandle.1", handles[0]),
            ("receiptHandle.2", handles[1]));

        Assert.Equal(0, deleted.GetProperty("code").GetInt32());
        Assert.False(deleted.TryGetProperty("errorList", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("-1")]
    [InlineData("99999999999999999999")]
    public Task A_handle_that_cannot_be_one_is_refused(string handle) => FailsAsync(
        4000, "(10470)receiptHandle error", "DeleteMessage", ("queueName", "q"), ("receiptHandle", handle));

    [Theory]
    [InlineData("0")]
    [InlineData("17")]
    public Task A_batch_receive_asks_for_one_to_sixteen(string count) => FailsAsync(
        4000,
        "(10350)parameter numOfMsg value or length is out of range",
        "BatchReceiveMessage",
        ("queueName", "q"),
        ("numOfMsg", count));

    [Fact]
    public async Task An_empty_batch_receive_is_no_message()
    {
        await FailsAsync(7000, NoMessage, "BatchReceiveMessage", ("queueName", "q"), ("numOfMsg", "16"));
    }

    [Fact]
    public async Task Messages_of_other_protocols_come_as_text_or_as_base64()
    {
        FakeQueue queue = _served.Broker.Queues.Single();
        queue.Messages.Add(Foreign(0, "grüße"u8.ToArray()));
        queue.Messages.Add(Foreign(1, [0xFF, 0xFE]));
        queue.Messages.Add(Foreign(2, []));

        JsonElement received = await CallAsync("BatchReceiveMessage", ("queueName", "q"), ("numOfMsg", "3"));

        Assert.Equal(["grüße", "//4=", ""], Texts(received, "msgInfoList", "msgBody"));
        Assert.Equal([false, true, false], received.GetProperty("msgInfoList").EnumerateArray()
            .Select(m => m.TryGetProperty("msgBodyEncoding", out _)));
    }

    [Fact]
    public async Task A_very_large_message_of_another_protocol_is_streamed_whole()
    {
        byte[] body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("0123456789ö\"", 500_000)));
        _served.Broker.Queues.Single().Messages.Add(Foreign(0, body));

        RawAnswer answer = await _served.SendAsync(_served.Post(_served.SignedForm(
            "POST", _served.Host, "/v2/index.php", "ReceiveMessage", ("queueName", "q"))));

        Assert.Contains("chunked", answer.Head);
        Assert.Equal(body, Encoding.UTF8.GetBytes(answer.Json.GetProperty("msgBody").GetString()!));
    }

    [Fact]
    public async Task A_body_that_is_not_utf8_is_refused_after_its_signature_was_checked()
    {
        byte[] raw = Encoding.Latin1.GetBytes(
            "msgBody=%FF&queueName=q&Action=SendMessage&Nonce=1&SecretId=AKIDtest0001"
            + "&Timestamp=1795227045&Signature=");
        byte[] text = [.. Encoding.Latin1.GetBytes($"POST{_served.Host}/?Action=SendMessage&Nonce=1"
            + "&SecretId=AKIDtest0001&SignatureMethod=HmacSHA256&Timestamp=1795227045"
            + "&msgBody=\u00FF&queueName=q")];
        string signature = Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(ServedBroker.SecretKey), text));
        string form =
            Encoding.Latin1.GetString(raw) + Uri.EscapeDataString(signature) + "&SignatureMethod=HmacSHA256";

        RawAnswer answer = await _served.SendAsync(_served.Post(form, "/"));

        Assert.Equal("(10360)parameter msgBody error type", answer.Message);
    }

    private static FakeMessage Foreign(long sequence, byte[] body) => new(
        sequence,
        new StoredMessage(
            "", "q", [], PropertyFormat.Amqp, default, new(body), 0, null, 0, true, null),
        visibleMs: 0);

    private static IEnumerable<string> Texts(JsonElement answer, string list, string name) =>
        answer.GetProperty(list).EnumerateArray().Select(e => e.GetProperty(name).GetString()!);

    private Task<JsonElement> CallAsync(string action, params (string Name, string Value)[] parameters) =>
        _served.CallAsync(action, parameters);

    private async Task FailsAsync(
        int code, string message, string action, params (string Name, string Value)[] parameters)
    {
        JsonElement answer = await CallAsync(action, parameters);
        Assert.Equal(code, answer.GetProperty("code").GetInt32());
        Assert.Equal(message, answer.GetProperty("message").GetString());
    }
}
