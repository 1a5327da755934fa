using Cmq.MultiProtocol.Adapters.Mqtt.Connection;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Connection;

public sealed class MqttWheelTests
{
    private readonly ManualTime _time = new();
    private readonly List<string> _rung = [];

    [Fact]
    public void Alarms_ring_at_their_time_or_up_to_a_second_later_and_once()
    {
        using var wheel = new MqttWheel(_time);
        wheel.Set(Alarm("a"), 1_500);
        wheel.Set(Alarm("b"), 3_000);
        Pass(1_000);
        Assert.Empty(_rung);
        Pass(1_000);
        Assert.Equal(["a"], _rung);
        Pass(1_000);
        Assert.Equal(["a", "b"], _rung);
        Pass(600_000);
        Assert.Equal(2, _rung.Count);
    }

    [Fact]
    public void An_alarm_may_be_set_anew_and_taken_out()
    {
        using var wheel = new MqttWheel(_time);
        MqttAlarm moved = Alarm("moved");
        MqttAlarm removed = Alarm("removed");
        wheel.Set(moved, 1_000);
        wheel.Set(removed, 1_000);
        wheel.Set(moved, 4_000);
        wheel.Remove(removed);
        Pass(3_000);
        Assert.Empty(_rung);
        Pass(1_000);
        Assert.Equal(["moved"], _rung);
    }

    [Fact]
    public void More_than_one_turn_of_the_wheel_away_is_waited_for()
    {
        using var wheel = new MqttWheel(_time);
        wheel.Set(Alarm("far"), 1_300_000);
        wheel.Set(Alarm("near"), 600_000);
        Pass(1_299_000);
        Assert.Equal(["near"], _rung);
        Pass(1_000);
        Assert.Equal(["near", "far"], _rung);
    }

    [Fact]
    public void A_wheel_that_stood_still_goes_on()
    {
        using var wheel = new MqttWheel(_time);
        wheel.Set(Alarm("a"), 1_000);
        Pass(5_000);
        wheel.Set(Alarm("b"), 6_000);
        Pass(1_000);
        Assert.Equal(["a", "b"], _rung);
    }

    /// <summary>A second at a time, so that the wheel's timer rings as often as it should.</summary>
    private void Pass(int milliseconds)
    {
        for (int left = milliseconds; left > 0; left -= 1_000)
            _time.Advance(1_000);
    }

    private Noted Alarm(string name) => new(_rung, name);

    private sealed class Noted(List<string> rung, string name) : MqttAlarm
    {
        public override void Ring() => rung.Add(name);
    }
}
