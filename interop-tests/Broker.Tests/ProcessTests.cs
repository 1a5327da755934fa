using System.Net;

namespace Cmq.MultiProtocol.Interop.Broker;

/// <summary>The executable as an operator meets it.</summary>
public sealed class ProcessTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("--version", @"^cmqd \d+\.\d+\.\d+\s*$")]
    [InlineData("--help", @"--Amqp:Listen +127\.0\.0\.1:5672")]
    public async Task It_tells_about_itself_and_ends(string argument, string expected)
    {
        ClientResult result = await ExternalClient.RunAsync(Repository.Broker, [argument]);

        Assert.Matches(expected, result.MustSucceed().Output);
    }

    [Theory]
    [InlineData("--Amqp:Lisen=127.0.0.1:0", "did you mean Amqp:Listen?")]
    [InlineData("--Amqp:Listen=nowhere", "Amqp:Listen")]
    [InlineData("--Amqp:Advertise=example", "Amqp:Advertise")]
    public async Task A_wrong_configuration_ends_with_code_2_and_says_why(string argument, string why)
    {
        ClientResult result = await ExternalClient.RunAsync(Repository.Broker, [argument]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(why, result.Errors, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task It_serves_on_free_ports_and_says_that_it_is_healthy()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();

        Assert.Equal(4, new[] { broker.AmqpPort, broker.HttpPort, broker.AdminPort, broker.ClusterPort }.Distinct().Count());
        Assert.Equal(HttpStatusCode.OK, await broker.AskAdminAsync("/health/live"));
        Assert.Equal(HttpStatusCode.OK, await broker.AskAdminAsync("/health/ready"));
        Assert.Equal(HttpStatusCode.NotFound, await broker.AskAdminAsync("/"));
        Assert.True(broker.ResidentBytes() > 0);
    }

    [Theory]
    [InlineData(UnixSignal.Terminate)]
    [InlineData(UnixSignal.Interrupt)]
    public async Task A_signal_stops_it_with_code_0(int signal)
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();

        broker.Send(signal);

        Assert.Equal(0, await broker.WaitForExitAsync(Soon));
    }

    [Fact]
    public async Task A_second_process_is_kept_off_the_data()
    {
        await using BrokerProcess first = await BrokerProcess.StartAsync();
        await using BrokerProcess second = BrokerProcess.Launch(
            new BrokerSettings { DataDirectory = first.DataDirectory });

        Assert.Equal(1, await second.WaitForExitAsync(Soon));

        Assert.Contains(first.DataDirectory, second.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await first.AskAdminAsync("/health/ready"));
    }

    [Fact]
    public async Task A_taken_port_ends_the_start_with_code_1_and_names_the_listener()
    {
        await using BrokerProcess first = await BrokerProcess.StartAsync();
        await using BrokerProcess second = BrokerProcess.Launch(
            new BrokerSettings { Arguments = [$"--Amqp:Listen=127.0.0.1:{first.AmqpPort}"] });

        Assert.Equal(1, await second.WaitForExitAsync(Soon));

        Assert.Contains("cannot listen on amqp", second.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_takes_the_same_ports_again()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        int port = broker.AmqpPort;

        await broker.KillAsync();
        await broker.RestartAsync();
        Assert.Equal(port, broker.AmqpPort);

        await broker.StopAsync();
        await broker.RestartAsync();
        Assert.Equal(port, broker.AmqpPort);
    }

    [Fact]
    public async Task The_first_start_prints_a_drawn_access_key_and_later_ones_do_not()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(new BrokerSettings { SeedAccessKey = false });
        Assert.StartsWith("AKID", broker.SecretId, StringComparison.Ordinal);
        Assert.NotEqual("", broker.SecretKey);

        await broker.StopAsync();
        await broker.RestartAsync();

        Assert.Throws<BrokerException>(() => broker.SecretId);
    }
}
