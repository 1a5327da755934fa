using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Interop.RocketMq.Raw;

/// <summary>What mqadmin's queryMsgByKey, queryMsgById, consumerProgress and resetOffsetByTime ask, over sockets
/// (specification section 17): the recordings are of other messages, and are compared by their form only.</summary>
public sealed class AdministratorTests : IAsyncLifetime
{
    private const string Topic = "orders";
    private const string Group = "CG";

    private BrokerProcess? _broker;
    private RemotingClient? _client;

    private RemotingClient Client => _client!;

    public async Task InitializeAsync()
    {
        _broker = await BrokerProcess.StartAsync(new BrokerSettings { Arguments = ["--Cluster:DataGroups=1"] });
        _client = await RemotingClient.ConnectAsync($"127.0.0.1:{_broker.RocketMqPort}");
        await RemotingCluster.CreateTopicAsync(Client, Topic, 1);
    }

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        if (_broker is not null)
            await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_message_is_found_by_its_keys_its_ids_and_its_time_also_after_a_kill()
    {
        long startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        SendMessageResponse[] sent = await SendAsync(5);

        await _broker!.KillAsync();
        await _broker.RestartAsync();
        Client.Dispose();
        _client = await RemotingClient.ConnectAsync($"127.0.0.1:{_broker.RocketMqPort}");

        Assert.Equal(["message 3"], await FindAsync("order-3", isUnique: false));
        string[] all = [.. Enumerable.Range(0, 5).Select(i => $"message {i}")];
        Assert.Equal(all, await FindAsync("all", isUnique: false));
        Assert.Equal(["message 2"], await FindAsync("U2", isUnique: true));
        Assert.Empty(await FindAsync("order-9", isUnique: false));

        Assert.True(RocketMqMessageId.TryParse(sent[1].MessageId, out RocketMqMessageId id));
        RocketMqMessage byId = Assert.Single(RemotingCluster.Records(await Client.MustAsync(
            RocketMqRequestCode.ViewMessageById, RocketMqFields.Of(new ViewMessageRequest(id.Position)))));
        Assert.Equal(("message 1", 1), (Text(byId), byId.QueueOffset));

        Assert.Equal(0, await OffsetAtAsync(startMs - 60_000));
        Assert.Equal(byId.QueueOffset, await OffsetAtAsync(byId.StoreTimestampMs));

        async Task<string[]> FindAsync(string key, bool isUnique)
        {
            RocketMqCommand answer = await Client.AskAsync(RocketMqRequestCode.QueryMessage, RocketMqFields.Of(
                new QueryMessageRequest(Topic, key, 32, startMs - 60_000, startMs + 600_000, isUnique)));
            return [.. RemotingCluster.Records(answer).Select(Text)];
        }
    }

    [Fact]
    public async Task A_groups_progress_is_shown_and_its_members_are_told_of_a_reset()
    {
        await SendAsync(5);
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Client.Overheard += request =>
        {
            if (request.Code == (int)RocketMqRequestCode.ResetConsumerClientOffset)
                told.TrySetResult(Encoding.UTF8.GetString(request.Body.Span));
        };
        await Client.MustAsync(RocketMqRequestCode.HeartBeat, null, Encoding.UTF8.GetBytes(
            $$"""
            {"clientID":"c1","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET",
            "consumeType":"CONSUME_PASSIVELY","groupName":"{{Group}}","messageModel":"CLUSTERING",
            "subscriptionDataSet":[{"topic":"{{Topic}}","subString":"*","subVersion":1,"tagsSet":[],"codeSet":[]}],
            "unitMode":false}],"producerDataSet":[]}
            """));
        await Client.MustAsync(
            RocketMqRequestCode.UpdateConsumerOffset,
            RocketMqFields.Of(new UpdateConsumerOffsetRequest(Group, Topic, 0, 4)));

        RocketMqCommand progress = await Client.MustAsync(
            RocketMqRequestCode.GetConsumeStats, RocketMqFields.Of(new ConsumeStatsRequest(Group, Topic)));
        string shown = Encoding.UTF8.GetString(progress.Body.Span);
        Assert.Contains("\"brokerOffset\":5,\"consumerOffset\":4", shown, StringComparison.Ordinal);

        RocketMqCommand reset = await Client.MustAsync(
            RocketMqRequestCode.InvokeBrokerToResetOffset,
            RocketMqFields.Of(new ResetOffsetRequest(Topic, Group, 0, IsForce: true)));
        string table = Encoding.UTF8.GetString(reset.Body.Span);
        Assert.Equal(
            $$$"""{"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"{{{Topic}}}"}:0}}""", table);
        Assert.Equal(table, await told.Task.WaitAsync(RemotingClient.Patience));
    }

    private static string Text(RocketMqMessage message) =>
        Encoding.UTF8.GetString(System.Buffers.BuffersExtensions.ToArray(message.Body));

    private async Task<SendMessageResponse[]> SendAsync(int count)
    {
        var sent = new SendMessageResponse[count];
        for (int i = 0; i < count; i++)
        {
            sent[i] = await RemotingCluster.SendAsync(
                Client, Topic, 0, $"message {i}", $"KEYS\u0001order-{i} all\u0002UNIQ_KEY\u0001U{i}\u0002");
            // Times of messages are in milliseconds; each is to have its own.
            await Task.Delay(5);
        }
        return sent;
    }

    private async Task<long> OffsetAtAsync(long timestampMs)
    {
        RocketMqCommand answer = await Client.MustAsync(
            RocketMqRequestCode.SearchOffsetByTimestamp,
            RocketMqFields.Of(new SearchOffsetRequest(Topic, 0, timestampMs)));
        return OffsetResponse.Read(answer.Fields!).Offset;
    }
}
